import { nearest } from '../util/nearest.ts';

/** The slice of JSON Schema (draft 2020-12) that the control API is described with. */
export interface Schema {
  readonly description?: string;
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'null';
  readonly enum?: readonly (string | null)[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** `false` refuses other names; a schema is for all of them; absent allows anything. */
  readonly additionalProperties?: false | Schema;
  readonly items?: Schema;
  readonly minimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly anyOf?: readonly Schema[];
  readonly $ref?: string;
}

export type Schemas = Readonly<Record<string, Schema>>;

/** What is wrong with `value`, one line each with the path; empty when it fits. `$ref`s point into `schemas`. */
export function validate(value: unknown, schema: Schema, schemas: Schemas, path = 'body'): string[] {
  if (schema.$ref !== undefined) return validate(value, resolveReference(schema.$ref, schemas), schemas, path);
  if (schema.anyOf) {
    const attempts = schema.anyOf.map((option) => validate(value, option, schemas, path));
    return attempts.some((problems) => problems.length === 0) ? [] : (attempts[0] ?? []);
  }
  if (schema.type !== undefined && typeOf(value, schema.type) !== schema.type)
    return [`${path}: expected ${schema.type}, got ${value === undefined ? 'nothing' : typeOf(value, schema.type)}`];
  if (schema.enum && !schema.enum.includes(value as string | null))
    return [`${path}: expected one of ${schema.enum.join(', ')}, got ${JSON.stringify(value)}`];
  if (typeof value === 'string') return textProblems(value, schema, path);
  if (typeof value === 'number' && schema.minimum !== undefined && value < schema.minimum)
    return [`${path}: expected at least ${schema.minimum}, got ${value}`];
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.flatMap((item, index) => validate(item, items, schemas, `${path}[${index}]`)) : [];
  }
  return isObject(value) ? objectProblems(value, schema, schemas, path) : [];
}

export function resolveReference(reference: string, schemas: Schemas): Schema {
  const schema = schemas[reference.slice(reference.lastIndexOf('/') + 1)];
  if (!schema) throw new TypeError(`no schema ${reference}`);
  return schema;
}

function objectProblems(value: Readonly<Record<string, unknown>>, schema: Schema, schemas: Schemas, path: string): string[] {
  const known = schema.properties ?? {};
  const missing = (schema.required ?? []).filter((name) => value[name] === undefined);
  const problems = missing.map((name) => `${path}.${name}: is required`);
  for (const [name, inner] of Object.entries(value)) {
    const expected = Object.hasOwn(known, name) ? known[name] : schema.additionalProperties;
    if (expected === false) problems.push(`${path}.${name}: unknown name${suggestion(name, Object.keys(known))}`);
    else if (expected && inner !== undefined) problems.push(...validate(inner, expected, schemas, `${path}.${name}`));
  }
  return problems;
}

function textProblems(value: string, schema: Schema, path: string): string[] {
  if (schema.minLength !== undefined && value.length < schema.minLength) return [`${path}: is too short`];
  if (schema.maxLength !== undefined && value.length > schema.maxLength)
    return [`${path}: is longer than ${schema.maxLength} characters`];
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value))
    return [`${path}: does not match ${schema.pattern}`];
  return [];
}

function suggestion(name: string, candidates: readonly string[]): string {
  const near = nearest(name, candidates);
  return near ? `, did you mean ${near}?` : `; known: ${candidates.join(', ')}`;
}

function typeOf(value: unknown, wanted: Schema['type']): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return wanted === 'integer' && Number.isSafeInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
