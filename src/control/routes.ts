import type { RunEvent } from '../core/event.ts';
import { SeatrialError } from '../errors.ts';
import { nearest } from '../util/nearest.ts';
import { type Exchange, openStream } from './exchange.ts';
import { publish, readMessages } from './messages.ts';
import { refuse } from './refuse.ts';
import type {
  BeginTestRequest,
  EndTestRequest,
  HelloRequest,
  LeaseRequest,
  MessagesRequest,
  PublishRequest,
  ScopeRequest,
  schemas,
} from './schemas.ts';
import type { ServiceStatus, SessionDoor } from './session-door.ts';

type SchemaName = keyof typeof schemas;

/** One operation: the router, the OpenAPI document and the list in a 404 are made of these. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** `{name}` stands for one segment. */
  readonly path: string;
  readonly summary: string;
  readonly body?: SchemaName;
  readonly answers: {
    readonly status: number;
    readonly schema?: SchemaName;
    readonly stream?: 'application/x-ndjson' | 'text/event-stream';
  };
  /** What it returns is the answer, as JSON; nothing, where it has opened a stream itself or has nothing to say. */
  handle(exchange: Exchange): unknown;
}

const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

export const routes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/status',
    summary: 'The session: its services, leases and commands',
    answers: { status: 200, schema: 'SessionStatus' },
    handle: ({ door }) => door.status(),
  },
  {
    method: 'GET',
    path: '/v1/services',
    summary: 'The services of the session',
    answers: { status: 200, schema: 'ServiceList' },
    handle: ({ door }) => ({ services: door.status().services }),
  },
  {
    method: 'GET',
    path: '/v1/services/{name}',
    summary: 'One service',
    answers: { status: 200, schema: 'ServiceStatus' },
    handle: ({ door, params }) => findService(door, params.name),
  },
  {
    method: 'POST',
    path: '/v1/services/{name}/restart',
    summary: 'Stop a service and start it again; answers when it is ready',
    answers: { status: 200, schema: 'ServiceStatus' },
    async handle({ door, params }) {
      await door.restartService(findService(door, params.name).name);
      return findService(door, params.name);
    },
  },
  {
    method: 'POST',
    path: '/v1/services/{name}/stop',
    summary: 'Stop a service; answers when it has stopped',
    answers: { status: 200, schema: 'ServiceStatus' },
    async handle({ door, params }) {
      const before = findService(door, params.name);
      await door.stopService(before.name);
      const now = door.status().services.find(({ name }) => name === before.name); // a session may forget it
      return now ?? { ...before, state: 'stopped', pid: null };
    },
  },
  {
    method: 'GET',
    path: '/v1/leases',
    summary: 'The living leases',
    answers: { status: 200, schema: 'LeaseList' },
    handle: ({ door }) => ({ leases: door.status().leases }),
  },
  {
    method: 'POST',
    path: '/v1/leases',
    summary:
      'Lease a state of its own for a worker. With `hold` the answer is one line and then stays open: the lease ends when the connection of its last holder closes. Without, it lives until it is deleted or the session ends',
    body: 'LeaseRequest',
    answers: { status: 200, schema: 'LeaseGrant', stream: 'application/x-ndjson' },
    handle: lease,
  },
  {
    method: 'DELETE',
    path: '/v1/leases/{id}',
    summary: 'End a lease, whoever holds it; answers when its state is gone',
    answers: { status: 204 },
    async handle({ door, holders, params }) {
      const { leases } = door.status();
      if (!leases.some(({ id }) => id === params.id))
        throw refuse(
          404,
          `no lease ${params.id}; there ${leases.length === 1 ? 'is' : 'are'} ${leases.map(({ id }) => id).join(', ') || 'none'}`,
        );
      await holders.release(params.id);
    },
  },
  {
    method: 'POST',
    path: '/v1/leases/{id}/tests',
    summary: 'A test begins; what is written from now on is its own. Answers when it may start',
    body: 'BeginTest',
    answers: { status: 200, schema: 'BegunTest' },
    handle({ door, params, body }) {
      const { between, ended, ...test } = body as BeginTestRequest;
      return door.states.begin(params.id, test, between, ended);
    },
  },
  {
    method: 'POST',
    path: '/v1/leases/{id}/tests/{test}/end',
    summary: 'A test has ended, with all that was done for it alone; answers when its state is gone, or says why it stays',
    body: 'EndTest',
    answers: { status: 200, schema: 'EndedTest' },
    handle: ({ door, params, body }) => door.states.end(params.id, params.test, body as EndTestRequest),
  },
  {
    method: 'POST',
    path: '/v1/leases/{id}/enter',
    summary: 'What is written from now on belongs to this scope; for a wider one than the present, a fixture that runs late',
    body: 'ScopeChange',
    answers: { status: 204 },
    handle: ({ door, params, body }) => door.states.enter(params.id, (body as ScopeRequest).scope),
  },
  {
    method: 'POST',
    path: '/v1/leases/{id}/leave',
    summary: 'Undo what was written in this scope and in narrower ones',
    body: 'ScopeChange',
    answers: { status: 200, schema: 'LeaseReset' },
    handle: ({ door, params, body }) => door.states.leave(params.id, (body as ScopeRequest).scope),
  },
  {
    method: 'POST',
    path: '/v1/leases/{id}/reset',
    summary: 'Undo what the running test has written; it goes on from the state in which it began',
    answers: { status: 200, schema: 'LeaseReset' },
    async handle({ door, params }) {
      const reset = await door.states.leave(params.id, 'test');
      await door.states.enter(params.id, 'test');
      return reset;
    },
  },
  {
    method: 'GET',
    path: '/v1/leases/{id}/diff',
    summary: 'What was inserted, updated and deleted since the running test began',
    answers: { status: 200, schema: 'Diff' },
    handle: async ({ door, params }) => ({ services: await door.states.diff(params.id) }),
  },
  {
    method: 'GET',
    path: '/v1/leases/{id}/services/{service}/sources',
    summary: 'What messages can be asked for; the lease `main` is the state of main processes',
    answers: { status: 200, schema: 'Sources' },
    handle: async ({ door, params }) => ({ sources: await (await door.inspector(params.id, params.service)).sources() }),
  },
  {
    method: 'POST',
    path: '/v1/leases/{id}/services/{service}/messages',
    summary: 'What came to a source since the state was last taken back, oldest first; nothing is taken from the app',
    body: 'MessagesRequest',
    answers: { status: 200, schema: 'Messages' },
    handle: async ({ door, params, body, gone }) =>
      readMessages(await door.inspector(params.id, params.service), body as MessagesRequest, gone),
  },
  {
    method: 'POST',
    path: '/v1/leases/{id}/services/{service}/publish',
    summary: 'Put a message in, as another program would',
    body: 'Publish',
    answers: { status: 204 },
    async handle({ door, params, body }) {
      const isDone = await publish(await door.inspector(params.id, params.service), body as PublishRequest);
      if (!isDone) throw refuse(400, `nothing can be put into ${params.service} here`, { hint: 'use a client of the service' });
    },
  },
  {
    method: 'POST',
    path: '/v1/hello',
    summary: "Say that a runner's plug-in works in a worker; only needed where no lease is asked for with `hello`",
    body: 'Hello',
    answers: { status: 204 },
    handle({ door, body }) {
      const { plugin, version, ...key } = body as HelloRequest;
      door.hello(key, plugin, version);
    },
  },
  {
    method: 'GET',
    path: '/v1/env',
    summary: 'The environment of main processes, with its secrets',
    answers: { status: 200, schema: 'Environment' },
    handle: ({ door }) => ({ env: door.mainEnv(), leased: door.leasedNames() }),
  },
  {
    method: 'GET',
    path: '/v1/events',
    summary: 'Everything that happens, the latest events first in order; `event:` is the type, `data:` the JSON',
    answers: { status: 200, schema: 'Event', stream: 'text/event-stream' },
    handle: events,
  },
  {
    method: 'POST',
    path: '/v1/session/stop',
    summary: 'End the session. One line says that it has begun; the connection closes when everything has stopped',
    answers: { status: 202, schema: 'Stopping', stream: 'application/x-ndjson' },
    handle: stopSession,
  },
  {
    method: 'GET',
    path: '/v1/openapi.json',
    summary: 'This description',
    answers: { status: 200 },
    handle: async () => (await import('./openapi.ts')).createOpenApi(),
  },
];

async function lease({ door, holders, response, body, gone }: Exchange): Promise<unknown> {
  const { hold, over, hello, isolation, ...key } = body as LeaseRequest;
  const main = over === undefined ? door.mainEnv() : holders.envOf(over);
  if (!main)
    throw refuse(404, `no lease ${over}, over which another is asked for`, { hint: 'the run that held it may have ended' });
  const lease = hold
    ? await holders.hold(key, { gone, end: () => response.end() }, isolation)
    : await holders.pin(key, gone, isolation);
  if (hello) door.hello(key, hello.plugin, hello.version);
  const replaces = Object.fromEntries(
    Object.keys(lease.env).flatMap((name) => (main[name] === undefined ? [] : [[name, main[name]]])),
  );
  if (!hold) return { lease, replaces };
  openStream(response, 'application/x-ndjson');
  response.write(`${JSON.stringify({ lease, replaces })}\n`);
}

function events({ door, response, gone }: Exchange): void {
  openStream(response, 'text/event-stream');
  let number = 0;
  const send = (event: RunEvent) => {
    response.write(`id: ${++number}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    // A reader that does not read must not fill the memory of the session.
    if (response.writableLength > MAX_UNREAD_BYTES) response.destroy();
  };
  const recent = door.events.recent();
  const end = door.events.subscribe(send);
  gone.addEventListener('abort', end, { once: true });
  for (const event of recent) send(event);
}

async function stopSession({ door, response }: Exchange): Promise<void> {
  response.statusCode = 202;
  openStream(response, 'application/x-ndjson');
  response.write('{"stopping":true}\n');
  await door.stop();
  response.end();
}

function findService(door: SessionDoor, name: string): ServiceStatus {
  const { services } = door.status();
  const found = services.find((service) => service.name === name);
  if (found) return found;
  const names = services.map((service) => service.name);
  const near = nearest(name, names);
  throw new SeatrialError(
    'SEATRIAL_SERVICE_NOT_FOUND',
    `the session has no service ${name}; it has ${names.join(', ') || 'none'}`,
    {
      ...(near ? { hint: `did you mean ${near}?` } : {}),
      details: { service: name, services: names },
    },
  );
}
