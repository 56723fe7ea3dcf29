import { once } from 'node:events';
import net from 'node:net';
import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Gateway } from '../../../src/core/gateway.ts';
import type { StateKeeper } from '../../../src/core/reset.ts';
import { createGatewayHost } from '../../../src/gateway/tcp/host.ts';
import { open, startLeasing } from '../rewind/lease.ts';

const SCHEMA = `
  CREATE TABLE jobs (writer int, n int, PRIMARY KEY (writer, n));
  CREATE TABLE totals (writer int PRIMARY KEY, n int);
  INSERT INTO totals SELECT w, 0 FROM generate_series(0, 3) w`;

const host = createGatewayHost();
let leasing: Awaited<ReturnType<typeof startLeasing>>;
beforeAll(async () => {
  leasing = await startLeasing(SCHEMA);
});
afterAll(async () => {
  await leasing?.[Symbol.asyncDispose]();
  await host[Symbol.asyncDispose]();
});

async function lease() {
  const leased = await leasing.lease();
  const { hostname, port } = new URL(leased.url);
  const gateway = await host.open({ target: { host: hostname, port: Number(port) }, wire: 'postgres' });
  const url = leased.url.replace(`:${port}/`, `:${gateway.endpoint.port}/`);
  return {
    ...leased,
    gateway,
    through: url,
    [Symbol.asyncDispose]: async () => {
      await gateway[Symbol.asyncDispose]();
      await leased[Symbol.asyncDispose]();
    },
  };
}

it('lets a transaction go to its end, then holds the connection; what is held is done after the pause', async () => {
  await using on = await lease();
  await using app = await open(on.through);
  await app.query('BEGIN');
  await app.query('INSERT INTO jobs VALUES (0, 1)');
  const paused = on.gateway.pause(30_000);
  await app.query('INSERT INTO jobs VALUES (0, 2)');
  await app.query('COMMIT');
  expect(await paused).toEqual({ stillOpen: 0 });
  const next = app.query('INSERT INTO jobs VALUES (0, 3)');
  expect((await on.app.query('SELECT count(*)::int AS n FROM jobs')).rows).toEqual([{ n: 2 }]);
  await on.gateway.resume();
  await next;
  expect((await on.app.query('SELECT count(*)::int AS n FROM jobs')).rows).toEqual([{ n: 3 }]);
});

it('counts a transaction that does not end, and holds it once it has', async () => {
  await using on = await lease();
  await using app = await open(on.through);
  await app.query('BEGIN');
  expect(await on.gateway.pause(20)).toEqual({ stillOpen: 1 });
  await app.query('ROLLBACK');
  const next = app.query('INSERT INTO jobs VALUES (1, 1)');
  await using other = await open(on.url);
  expect((await other.query('SELECT FROM jobs')).rowCount).toBe(0);
  await on.gateway.resume();
  await next;
});

it('holds a connection in the middle of a message, and of a log-in that was answered N for encryption', async () => {
  await using on = await lease();
  const target = new URL(on.through);
  const socket = net.connect(Number(target.port), target.hostname);
  await once(socket, 'connect');
  socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])); // SSLRequest
  expect(String((await once(socket, 'data'))[0])).toBe('N');
  await on.gateway.pause();
  const words = `user\0${target.username}\0database\0${target.pathname.slice(1)}\0\0`;
  const start = Buffer.alloc(8);
  start.writeUInt32BE(8 + words.length, 0);
  start.writeUInt32BE(196_608, 4);
  socket.write(Buffer.concat([start, Buffer.from(words)]));
  await on.gateway.resume();
  expect(String((await once(socket, 'data'))[0])[0]).toBe('R');
  socket.destroy();

  await using app = await open(on.through);
  const raw = (app as unknown as { connection: { stream: net.Socket } }).connection.stream;
  const text = Buffer.from('INSERT INTO jobs VALUES (9, 9)\0');
  const head = Buffer.from([0x51, 0, 0, 0, text.length + 4]);
  raw.write(Buffer.concat([head, text.subarray(0, 10)]));
  expect(await on.gateway.pause(5_000)).toEqual({ stillOpen: 0 });
  raw.write(text.subarray(10));
  expect((await on.app.query('SELECT 1 FROM jobs')).rowCount).toBe(0);
  await on.gateway.resume();
  await expect.poll(async () => (await on.app.query('SELECT 1 FROM jobs')).rowCount).toBe(1);
});

it('lets COPY go to its end', async () => {
  await using on = await lease();
  await using app = await open(on.through);
  const { connection } = app as unknown as {
    connection: NodeJS.EventEmitter & { query(text: string): void; sendCopyFromChunk(chunk: Buffer): void; endCopyFrom(): void };
  };
  const asked = once(connection, 'copyInResponse');
  const done = new Promise<void>((resolve) => {
    app.query({
      submit: (on: typeof connection) => on.query('COPY jobs FROM STDIN'),
      handleError: () => {},
      handleCopyInResponse: () => {},
      handleCommandComplete: () => {},
      handleReadyForQuery: () => resolve(),
    } as unknown as pg.Submittable);
  });
  await asked;
  connection.sendCopyFromChunk(Buffer.from('5\t1\n'));
  const paused = on.gateway.pause(30_000);
  connection.sendCopyFromChunk(Buffer.from('5\t2\n'));
  connection.endCopyFrom();
  expect(await paused).toEqual({ stillOpen: 0 });
  await done;
  expect((await on.app.query('SELECT 1 FROM jobs')).rowCount).toBe(2);
  await on.gateway.resume();
});

interface Writer {
  /** The last number whose COMMIT was answered. */
  acknowledged: number;
  readonly errors: unknown[];
  readonly stopped: Promise<void>;
}

/** Commits without a pause: number after number, in transactions of each shape. */
function write(client: pg.Client, writer: number, running: () => boolean): Writer {
  const state: Writer & { stopped: Promise<void> } = { acknowledged: 0, errors: [], stopped: Promise.resolve() };
  const insert = (n: number) => client.query('INSERT INTO jobs VALUES ($1, $2)', [writer, n]);
  const total = (n: number) => client.query(`UPDATE totals SET n = ${n} WHERE writer = ${writer}`);
  const run = async () => {
    for (let n = 1; running(); n++) {
      if (n % 4 === 0) {
        await client.query('BEGIN');
        await insert(n);
        await total(n);
        await client.query('COMMIT');
      } else if (n % 4 === 1) await Promise.all([client.query('BEGIN'), insert(n), total(n), client.query('COMMIT')]);
      else if (n % 4 === 2)
        await client.query(
          `WITH i AS (INSERT INTO jobs VALUES (${writer}, ${n})) UPDATE totals SET n = ${n} WHERE writer = ${writer}`,
        );
      else await client.query(`INSERT INTO jobs VALUES (${writer}, ${n}); UPDATE totals SET n = ${n} WHERE writer = ${writer}`);
      state.acknowledged = n;
    }
  };
  state.stopped = run().catch((error: unknown) => void state.errors.push(error));
  return state;
}

/** As if no test had ever run. */
const SEEDED = { jobs: 0, totals: '0=0 1=0 2=0 3=0' };
async function stateOf(client: pg.Client) {
  const { rows } = await client.query(
    "SELECT (SELECT count(*)::int FROM jobs) AS jobs, (SELECT string_agg(writer || '=' || n, ' ' ORDER BY writer) FROM totals) AS totals",
  );
  return rows[0];
}
async function whilePaused<T>(gateway: Gateway, work: () => Promise<T>): Promise<T> {
  expect(await gateway.pause(5_000)).toEqual({ stillOpen: 0 });
  try {
    return await work();
  } finally {
    await gateway.resume();
  }
}

it('rewinds 200 times under 4 writers that never stop: each statement succeeds, and only what was rewound is gone', async () => {
  await using on = await lease();
  const keeper: StateKeeper = on.keeper;
  const clients = await Promise.all([0, 1, 2, 3].map(() => open(on.through)));
  await keeper.enter('test', 'undo');
  await keeper.leave('test');
  let running = true;
  const writers = clients.map((client, index) => write(client, index, () => running));
  const wait = async () => {
    const goals = writers.map(({ acknowledged }) => acknowledged + 2);
    while (writers.some(({ acknowledged, errors }, index) => acknowledged < (goals[index] ?? 0) && errors.length === 0))
      await new Promise((resolve) => setImmediate(resolve));
  };
  try {
    for (let round = 0; round < 200; round++) {
      await whilePaused(on.gateway, () => keeper.enter('test', 'undo'));
      await wait();
      await whilePaused(on.gateway, async () => {
        const report = await keeper.leave('test');
        expect(report).toMatchObject({ how: 'rewind', leaks: [] });
        expect(report.fallback).toBeUndefined();
        expect(await stateOf(on.app)).toEqual(SEEDED);
      });
      await wait();
    }
    const before = writers.map(({ acknowledged }) => acknowledged);
    await whilePaused(on.gateway, () => keeper.enter('test', 'undo'));
    await wait();
    running = false;
    await Promise.all(writers.map(({ stopped }) => stopped));
    expect(writers.flatMap(({ errors }) => errors)).toEqual([]);
    for (const [writer, { acknowledged }] of writers.entries()) {
      const { rows } = await on.app.query('SELECT n FROM jobs WHERE writer = $1 ORDER BY n', [writer]);
      const [{ n: first }] = rows;
      expect(first).toBeGreaterThan(before[writer] ?? 0);
      expect(rows.map(({ n }) => n)).toEqual(Array.from({ length: acknowledged - first + 1 }, (_, index) => first + index));
      expect((await on.app.query('SELECT n FROM totals WHERE writer = $1', [writer])).rows).toEqual([{ n: acknowledged }]);
    }
  } finally {
    running = false;
    await Promise.allSettled(writers.map(({ stopped }) => stopped));
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
  }
}, 120_000);
