import { type Route, routes } from './routes.ts';
import { ref, schemas } from './schemas.ts';
import type { Schema } from './validate.ts';
import { API_VERSION } from './version.ts';

/** The OpenAPI 3.1 document of the control API, made of the routes and of the schemas which validate them. */
export function createOpenApi() {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: describe(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Seatrial control API',
      version: API_VERSION,
      description: 'What a session of Seatrial answers on 127.0.0.1 and on a Unix socket. See docs/reference/control-api.md.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [
      { url: 'http://127.0.0.1:{port}', variables: { port: { default: '0', description: 'as in SEATRIAL_CONTROL_URL' } } },
    ],
    security: [{ token: [] }],
    paths,
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } }, schemas },
  };
}

function describe(route: Route) {
  const { status, schema, stream } = route.answers;
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map((found) => found[1] as string);
  const content = (type: string, inner: Schema) => ({ [type]: { schema: inner } });
  return {
    operationId: toOperationId(route),
    summary: route.summary,
    ...(names.length > 0
      ? { parameters: names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })) }
      : {}),
    ...(route.body ? { requestBody: { required: true, content: content('application/json', ref(route.body)) } } : {}),
    responses: {
      [status]: {
        description: status === 204 ? 'done' : 'the answer',
        ...(schema
          ? {
              content: {
                ...(isAlsoPlain(route) ? content('application/json', ref(schema)) : {}),
                ...(stream ? content(stream, ref(schema)) : {}),
              },
            }
          : {}),
      },
      default: { description: 'refused or failed', content: content('application/json', ref('Error')) },
    },
  };
}

/** A lease is answered as one document, or held open as a stream. */
function isAlsoPlain({ body, answers }: Route): boolean {
  return answers.stream === undefined || body !== undefined;
}

function toOperationId({ method, path }: Route): string {
  const words = path.split(/[/{}.]+/).filter((word) => word && word !== 'v1');
  return [method.toLowerCase(), ...words.map((word) => word[0]?.toUpperCase() + word.slice(1))].join('');
}
