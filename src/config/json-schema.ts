import type { Json } from '../core/json.ts';
import type { Registry } from '../core/registry.ts';
import { CONFIG_SHAPE, SERVICE_KEYS, serviceShape } from './config-shape.ts';
import type { Shape } from './shape.ts';

type Schema = Readonly<Record<string, Json>>;

/** The JSON Schema of the configuration file, for editors; made from what the validation is made from. */
export async function toJsonSchema(registry: Registry): Promise<Schema> {
  const { properties, ...rest } = toSchema(CONFIG_SHAPE);
  const services = { description: 'The services by name.', type: 'object', additionalProperties: await anyService(registry) };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Seatrial configuration',
    ...rest,
    properties: { ...(properties as Schema), services },
  };
}

/** Which options a service has depends on the kind in its `use`. */
async function anyService(registry: Registry): Promise<Schema> {
  const kinds = Object.entries(registry.services);
  const branches = await Promise.all(
    kinds.map(async ([kind, entry]) => ({
      if: { type: 'object', required: ['use'], properties: { use: { type: 'string', pattern: `^${kind}([@:]|$)` } } },
      // biome-ignore lint/suspicious/noThenProperty: a key of JSON Schema
      then: toSchema(serviceShape((await entry.load()).options)),
    })),
  );
  const use = { type: 'string', pattern: `^(${kinds.map(([kind]) => kind).join('|')})([@:].+)?$` };
  return {
    anyOf: [
      { ...use, description: 'Kind and version: postgres@18, redis.' },
      {
        type: 'object',
        properties: { ...properties(SERVICE_KEYS), use: { ...toSchema(SERVICE_KEYS.use ?? { type: 'string' }), ...use } },
        allOf: branches,
      },
    ],
  };
}

function toSchema(shape: Shape): Schema {
  const description = shape.description === undefined ? {} : { description: shape.description };
  switch (shape.type) {
    case 'any':
      return description;
    case 'string':
      return {
        ...description,
        type: 'string',
        ...(shape.oneOf ? { enum: shape.oneOf } : {}),
        ...(shape.pattern ? { pattern: shape.pattern.source } : {}),
      };
    case 'integer':
      return {
        ...description,
        type: 'integer',
        ...(shape.min === undefined ? {} : { minimum: shape.min }),
        ...(shape.max === undefined ? {} : { maximum: shape.max }),
      };
    case 'boolean':
      return { ...description, type: 'boolean' };
    case 'scalar':
      return { ...description, type: ['string', 'number', 'boolean'] };
    case 'list':
      return { ...description, type: 'array', items: toSchema(shape.of) };
    case 'map':
      return { ...description, type: 'object', additionalProperties: toSchema(shape.of) };
    case 'object':
      return {
        ...description,
        type: 'object',
        properties: properties(shape.keys),
        additionalProperties: false,
        ...(shape.exactlyOne ? { oneOf: shape.exactlyOne.map((key) => ({ required: [key] })) } : {}),
      };
    case 'either':
      return { ...description, anyOf: shape.of.map(toSchema) };
  }
}

function properties(keys: Readonly<Record<string, Shape>>): Schema {
  return Object.fromEntries(Object.entries(keys).map(([key, shape]) => [key, toSchema(shape)]));
}
