import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Admission, admit } from './admission.ts';
import { readBody } from './body.ts';
import { followConnection, type Params, sendError, sendJson } from './exchange.ts';
import type { LeaseHolders } from './lease-holders.ts';
import { refuse } from './refuse.ts';
import { type Route, routes } from './routes.ts';
import { schemas } from './schemas.ts';
import type { SessionDoor } from './session-door.ts';
import { API_VERSION, API_VERSION_HEADER } from './version.ts';

/** Answers one request; whatever fails becomes its answer and never reaches the session. */
export async function handleRequest(
  request: IncomingMessage,
  response: ServerResponse,
  door: SessionDoor,
  holders: LeaseHolders,
  admission: Admission,
): Promise<void> {
  response.setHeader(API_VERSION_HEADER, API_VERSION);
  try {
    admit(request, admission);
    door.touch();
    const gone = followConnection(request, response);
    const { route, params } = findRoute(request);
    const body = route.body ? await readBody(request, schemas[route.body]) : undefined;
    if (!route.body) request.resume();
    request.socket.setTimeout(0); // an admitted request takes the time that it needs
    const answer = await route.handle({ door, holders, params, body, response, gone });
    if (response.headersSent) return;
    if (answer === undefined) response.writeHead(204).end();
    else sendJson(response, route.answers.status, answer);
  } catch (error) {
    sendError(response, error);
  }
}

const routeSegments = routes.map((route) => ({ route, wanted: route.path.split('/') }));

function findRoute(request: IncomingMessage): { route: Route; params: Params } {
  const path = (request.url ?? '').replace(/\?.*$/s, '');
  const given = path.split('/');
  const matches = routeSegments.flatMap(({ route, wanted }) => {
    const params = match(wanted, given);
    return params ? [{ route, params }] : [];
  });
  const found = matches.find(({ route }) => route.method === request.method);
  if (found) return found;
  const methods = matches.map(({ route }) => route.method);
  if (methods.length > 0) throw refuse(405, `${path} takes ${methods.join(', ')}, not ${request.method}`);
  const list = routes.map((route) => `${route.method} ${route.path}`);
  throw refuse(404, `no route ${request.method} ${path}`, { hint: `routes: ${list.join(', ')}`, details: { routes: list } });
}

function match(wanted: readonly string[], given: readonly string[]): Params | undefined {
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = given[index] as string;
    if (segment.startsWith('{')) params[segment.slice(1, -1)] = decode(value);
    else if (segment !== value) return undefined;
  }
  return params as Params;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
