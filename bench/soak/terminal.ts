import { createControlClient } from '../../src/control/client.ts';
import type { HeldLease } from '../../src/control/held-lease.ts';
import { connectPostgres } from './postgres-client.ts';
import { openRedis, type RedisClient } from './redis-client.ts';

// Started by `clashes.ts`: one terminal with its lease clients. Each request is answered when all of its clients have done it.

export type TerminalRequest =
  | {
      readonly type: 'open';
      readonly socketPath: string;
      readonly token: string;
      readonly terminal: number;
      readonly clients: number;
    }
  /** Lease, and write own rows and keys. */
  | { readonly type: 'lease'; readonly round: number }
  /** See only what is one's own; then every second client empties its Redis and its table. */
  | { readonly type: 'empty' }
  /** What the others have emptied is not missing here. End the leases, every second one by its closed connection only. */
  | { readonly type: 'end' };
export interface TerminalAnswer {
  readonly leases: readonly { readonly database: string; readonly redis: string }[];
  readonly problems: readonly string[];
}

interface Client {
  readonly name: string;
  readonly held: HeldLease;
  readonly postgres: Awaited<ReturnType<typeof connectPostgres>>;
  readonly redis: RedisClient;
  emptied: boolean;
}

let open: Extract<TerminalRequest, { type: 'open' }> | undefined;
let clients: Client[] = [];

process.once('disconnect', () => process.exit(0)); // the end, or whoever asked is gone
process.on('message', (request: TerminalRequest) => void answer(request).then((result) => process.send?.(result)));

async function answer(request: TerminalRequest): Promise<TerminalAnswer> {
  if (request.type === 'open') {
    open = request;
    return { leases: [], problems: [] };
  }
  const problems: string[] = [];
  const collect = async (work: Promise<unknown>, name: string) =>
    work.catch((error: Error) => problems.push(`${name}: ${error.message}`));
  if (request.type === 'lease') {
    clients = [];
    const names = Array.from({ length: open?.clients ?? 0 }, (_, index) => `t${open?.terminal}-r${request.round}-c${index}`);
    await Promise.all(names.map((name) => collect(begin(name), name)));
  } else if (request.type === 'empty') {
    await Promise.all(clients.map((client) => collect(expectOwn(client), client.name)));
    await Promise.all(clients.filter(isSecond).map((client) => collect(empty(client), client.name)));
  } else {
    await Promise.all(clients.map((client) => collect(expectOwn(client), client.name)));
    await Promise.all(clients.map((client, index) => collect(end(client, isSecond(client, index)), client.name)));
  }
  return { problems, leases: clients.map(({ held }) => identify(held)) };
}

async function begin(name: string): Promise<void> {
  if (!open) throw new Error('not opened');
  const held = await createControlClient(open).holdLease({ runner: 'soak', mainPid: process.pid, slot: name });
  const { env } = held.lease;
  const postgres = await connectPostgres(env);
  const redis = await openRedis({ host: env.REDIS_HOST ?? '', port: Number(env.REDIS_PORT), password: env.REDIS_PASSWORD });
  const client: Client = { name, held, postgres, redis, emptied: false };
  clients.push(client);
  await expectOwn({ ...client, emptied: true }); // a new lease is empty
  await postgres.query('create table written (by text)');
  await postgres.query('insert into written select $1 from generate_series(1, 10)', [name]);
  for (let key = 0; key < 10; key++) await redis.send('SET', `${name}:${key}`, name);
  await redis.send('SET', 'same-key-for-all', name);
}

async function expectOwn({ name, postgres, redis, emptied }: Client): Promise<void> {
  const { rows: tables } = await postgres.query("select from pg_tables where schemaname = 'public'");
  const { rows } = tables.length > 0 ? await postgres.query<{ by: string }>('select by from written') : { rows: [] };
  const values = [];
  for (const key of ((await redis.send('KEYS', '*')) ?? []) as string[]) values.push(await redis.send('GET', key));
  const foreign = [...rows.map(({ by }) => by), ...values].filter((owner) => owner !== name);
  if (foreign.length > 0) throw new Error(`sees what ${[...new Set(foreign)].join(', ')} has written`);
  const expected = emptied ? 0 : 21;
  if (rows.length + values.length !== expected)
    throw new Error(`sees ${rows.length} rows and ${values.length} keys of its own instead of ${expected} in all`);
}

async function empty(client: Client): Promise<void> {
  await client.redis.send('FLUSHALL');
  await client.postgres.query('truncate written');
  client.emptied = true;
}

/** `silently`: the connections to the servers stay open, and nobody is told but by the lease's closed connection. */
async function end({ held, postgres, redis }: Client, silently: boolean): Promise<void> {
  if (silently) return held.drop();
  redis[Symbol.dispose]();
  await postgres.end();
  await held.release();
}

function isSecond(_client: Client, index: number): boolean {
  return index % 2 === 1;
}

function identify({ lease: { env } }: HeldLease): TerminalAnswer['leases'][number] {
  return { database: `${env.PGHOST}:${env.PGPORT}/${env.PGDATABASE}`, redis: `${env.REDIS_HOST}:${env.REDIS_PORT}` };
}
