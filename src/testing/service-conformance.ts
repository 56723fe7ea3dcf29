import assert from 'node:assert/strict';
import type { ConnectionFields, Endpoint } from '../core/connection.ts';
import type { ConfiguredService } from '../core/service.ts';
import { canConnect, pickPort } from '../util/platform/ports.ts';

/** What a service on a driver brings to the suite. */
export interface ConformanceSubject {
  readonly service: ConfiguredService;
  /** Starts a server of this service; called once for the suite, and again for leases that are servers of their own. */
  start(): Promise<ConformanceServer>;
  /** Names that must be in the environment. */
  readonly envNames: readonly string[];
  /** Writes `key` into the state that the fields lead to, as the app would. */
  write(fields: ConnectionFields, key: string): Promise<void>;
  /** Whether `key` is there. Rejects when the state is not there at all. */
  has(fields: ConnectionFields, key: string): Promise<boolean>;
}

export interface ConformanceServer extends AsyncDisposable {
  readonly endpoint: Endpoint;
  /** Undefined for a server that runs already. */
  readonly nonce: string | undefined;
  readonly pid: number | undefined;
  /** Throws when something of it is left after its disposal. */
  assertGone?(): Promise<void>;
}

export interface ConformanceCase {
  readonly title: string;
  run(server: ConformanceServer): Promise<void>;
}

/** What every service must do on every driver, as cases for any test runner. They share one server and run in this order; end it with `endServer`. */
export function serviceConformance(subject: ConformanceSubject): readonly ConformanceCase[] {
  const { service } = subject;
  return [
    { title: 'is ready at each of its addresses', run: (server) => readyEverywhere(service, server) },
    { title: 'is not ready for another start than its own', run: (server) => strangerRefused(service, server) },
    { title: 'is not ready where nobody listens, and says so', run: (server) => nobodyRefused(service, server) },
    { title: 'gives up its readiness check when it is told to', run: (server) => abortHeeded(service, server) },
    {
      title: 'has its address in its fields and its names in the environment',
      run: async (server) => fieldsNamed(subject, server),
    },
    { title: 'shows activity for a write, and none for reading', run: (server) => activityShown(subject, server) },
    {
      title: 'gives leases that do not see each other, and leaves nothing of a lease that is dropped',
      run: (server) => leasesApart(subject, server),
    },
  ];
}

/** Ends the server and checks that nothing of it is left. */
export async function endServer(server: ConformanceServer): Promise<void> {
  await server[Symbol.asyncDispose]();
  if (server.nonce === undefined) return;
  for (const host of server.endpoint.addresses)
    assert.equal(await canConnect(server.endpoint.port, host), false, `${host} still answers`);
  await server.assertGone?.();
}

async function readyEverywhere(service: ConfiguredService, { endpoint, nonce, pid }: ConformanceServer): Promise<void> {
  for (const host of endpoint.addresses)
    await service.ready({ ...endpoint, host, addresses: [host] }, { nonce, pid, signal: AbortSignal.timeout(5_000) });
  await service.ready(endpoint, { nonce, pid, signal: AbortSignal.timeout(5_000) });
}

async function strangerRefused(service: ConfiguredService, { endpoint, pid }: ConformanceServer): Promise<void> {
  const check = { nonce: 'not-this-one', pid: (pid ?? 1) + 1, signal: AbortSignal.timeout(5_000) };
  for (const host of endpoint.addresses)
    await assert.rejects(service.ready({ ...endpoint, host, addresses: [host] }, check), /another .+ server/);
}

async function nobodyRefused(service: ConfiguredService, { endpoint, nonce, pid }: ConformanceServer): Promise<void> {
  const empty = { ...endpoint, port: await pickPort() };
  await assert.rejects(service.ready(empty, { nonce, pid, signal: AbortSignal.timeout(5_000) }));
}

async function abortHeeded(service: ConfiguredService, { endpoint, nonce, pid }: ConformanceServer): Promise<void> {
  const reason = new Error('told to stop');
  await assert.rejects(service.ready(endpoint, { nonce, pid, signal: AbortSignal.abort(reason) }), reason);
}

function fieldsNamed({ service, envNames }: ConformanceSubject, { endpoint }: ConformanceServer): void {
  const fields = service.fields(endpoint);
  const env = service.env(fields);
  assert.equal(fields.host, endpoint.host);
  assert.equal(fields.port, String(endpoint.port));
  assert.equal(new URL(fields.url).port, String(endpoint.port));
  for (const [name, value] of [...Object.entries(fields), ...Object.entries(env)])
    assert.equal(typeof value, 'string', `${name} is text`);
  for (const name of envNames) assert.ok(name in env, `${name} is in the environment`);
}

async function activityShown(subject: ConformanceSubject, { endpoint }: ConformanceServer): Promise<void> {
  const { service } = subject;
  if (!service.activity) return;
  const fields = service.fields(endpoint);
  const before = await service.activity(endpoint);
  await subject.has(fields, 'never-written');
  assert.equal(await service.activity(endpoint), before);
  await subject.write(fields, 'activity');
  assert.notEqual(await service.activity(endpoint), before);
}

async function leasesApart(subject: ConformanceSubject, server: ConformanceServer): Promise<void> {
  const { lease } = subject.service;
  if (lease.kind === 'instance') return instancesApart(subject, server);
  const book = await lease.open(server.endpoint);
  try {
    const main = subject.service.fields(server.endpoint);
    await subject.write(main, 'inmain');
    const [one, two] = await Promise.all([book.create('one1'), book.create('two2')]);
    assert.equal(
      await subject.has(one, 'inmain'),
      false,
      'a lease does not see what came into the main state after leasing was opened',
    );
    await subject.write(one, 'inone');
    assert.equal(await subject.has(two, 'inone'), false, 'another lease does not see it');
    assert.equal(await subject.has(main, 'inone'), false, 'the main state does not see it');
    await book.drop('one1');
    await book.drop('one1');
    assert.equal(await subject.has(one, 'inone').catch(() => false), false, 'nothing of a dropped lease is left');
    await subject.write(two, 'intwo');
    assert.equal(await subject.has(two, 'intwo'), true, 'the other lease lives on');
    const again = await book.create('one1');
    assert.equal(await subject.has(again, 'inone'), false, 'the same id starts afresh');
  } finally {
    await book[Symbol.asyncDispose]();
  }
}

async function instancesApart(subject: ConformanceSubject, server: ConformanceServer): Promise<void> {
  const other = await subject.start();
  try {
    await subject.write(subject.service.fields(server.endpoint), 'infirst');
    assert.equal(await subject.has(subject.service.fields(other.endpoint), 'infirst'), false, 'another instance does not see it');
  } finally {
    await endServer(other);
  }
}
