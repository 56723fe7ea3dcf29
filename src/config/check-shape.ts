import { nearest } from '../util/nearest.ts';
import type { Problem } from './problem.ts';
import type { ObjectShape, Shape } from './shape.ts';
import type { Path } from './source-document.ts';

/** Everything in `value` that is not as `shape` says; empty = fine. */
export function checkShape(value: unknown, shape: Shape, path: Path = []): Problem[] {
  switch (shape.type) {
    case 'any':
      return [];
    case 'list':
      if (!Array.isArray(value)) return wrongType(value, shape, path);
      return value.flatMap((item, index) => checkShape(item, shape.of, [...path, index]));
    case 'map':
      if (!isObject(value)) return wrongType(value, shape, path);
      return Object.entries(value).flatMap(([key, item]) => checkShape(item, shape.of, [...path, key]));
    case 'object':
      return isObject(value) ? checkObject(value, shape, path) : wrongType(value, shape, path);
    case 'either': {
      const fitting = shape.of.find((option) => sameType(value, option));
      return fitting ? checkShape(value, fitting, path) : wrongType(value, shape, path);
    }
    default:
      return checkScalar(value, shape, path);
  }
}

function checkObject(value: Readonly<Record<string, unknown>>, shape: ObjectShape, path: Path): Problem[] {
  const known = Object.keys(shape.keys);
  const problems = Object.entries(value).flatMap(([key, item]): Problem[] => {
    const keyShape = Object.hasOwn(shape.keys, key) ? shape.keys[key] : undefined;
    if (keyShape) return item === null ? wrongType(item, keyShape, [...path, key]) : checkShape(item, keyShape, [...path, key]);
    const guess = nearest(key, known);
    const expected = `one of ${known.join(', ')}`;
    return [
      {
        path: [...path, key],
        at: 'key',
        message: `unknown key, expected ${expected}`,
        expected,
        ...(guess ? { nearest: guess } : {}),
      },
    ];
  });
  const choice = shape.exactlyOne;
  if (choice && problems.length === 0) {
    const given = choice.filter((key) => value[key] !== undefined);
    const expected = `exactly one of ${choice.join(', ')}`;
    const found = given.length === 0 ? 'none' : given.join(' and ');
    if (given.length !== 1) problems.push({ path, at: 'key', message: `expected ${expected}, found ${found}`, expected });
  }
  return problems;
}

function checkScalar(value: unknown, shape: Shape, path: Path): Problem[] {
  if (!sameType(value, shape)) return wrongType(value, shape, path);
  if (shape.type === 'string') {
    const text = value as string;
    const guess = shape.oneOf && nearest(text, shape.oneOf);
    if ((shape.oneOf && !shape.oneOf.includes(text)) || (shape.pattern && !shape.pattern.test(text)))
      return [{ ...wrong(`"${text}"`, shape, path), ...(guess ? { nearest: guess } : {}) }];
  }
  if (shape.type === 'integer') {
    const number = value as number;
    if (number < (shape.min ?? Number.NEGATIVE_INFINITY) || number > (shape.max ?? Number.POSITIVE_INFINITY))
      return [wrong(String(number), shape, path)];
  }
  return [];
}

function sameType(value: unknown, shape: Shape): boolean {
  switch (shape.type) {
    case 'string':
      return typeof value === 'string';
    case 'integer':
      return Number.isInteger(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'scalar':
      return ['string', 'number', 'boolean'].includes(typeof value);
    case 'list':
      return Array.isArray(value);
    case 'map':
    case 'object':
      return isObject(value);
    case 'either':
      return shape.of.some((option) => sameType(value, option));
    case 'any':
      return true;
  }
}

function wrongType(value: unknown, shape: Shape, path: Path): Problem[] {
  return [wrong(foundText(value), shape, path)];
}

function wrong(found: string, shape: Shape, path: Path): Problem {
  const expected = expectedText(shape);
  return { path, at: 'value', message: `expected ${expected}, found ${found}`, expected };
}

function expectedText(shape: Shape): string {
  switch (shape.type) {
    case 'string':
      return shape.expected ?? (shape.oneOf ? `one of ${shape.oneOf.join(', ')}` : 'text');
    case 'integer':
      return shape.min !== undefined && shape.max !== undefined
        ? `a whole number from ${shape.min} to ${shape.max}`
        : 'a whole number';
    case 'boolean':
      return 'true or false';
    case 'scalar':
      return 'text, a number, true or false';
    case 'list':
      return 'a list';
    case 'map':
      return 'keys with values';
    case 'object':
      return `keys (${Object.keys(shape.keys).join(', ')})`;
    case 'either':
      return shape.expected;
    case 'any':
      return 'anything';
  }
}

function foundText(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'keys with values';
  return typeof value === 'string' ? `"${value}"` : `${value}`;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
