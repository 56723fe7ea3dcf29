import { expect, test } from 'vitest';
import type { RunEvent } from '../../src/core/event.ts';
import type { LeaseKey } from '../../src/core/lease.ts';
import type { StateKeeper } from '../../src/core/reset.ts';
import { createEventStream } from '../../src/observe/event-stream.ts';
import { createLeaseDesk, type Leasable, type LeaseDesk } from '../../src/session/lease-desk.ts';
import { until } from '../helpers/until.ts';

const key = (slot: string): LeaseKey => ({ runner: 'test', mainPid: 1, slot });
const A = key('a');

const NO_KEEPER: StateKeeper = {
  enter: async () => undefined,
  leave: async () => ({ how: 'none', ms: 0, changed: 0, leaks: [] }),
  [Symbol.asyncDispose]: async () => {},
};

/** A desk over a service whose databases are names in a set, made and dropped in later turns of the event loop. */
function openDesk({
  spare = false,
  failing = () => false,
  renew,
}: {
  spare?: boolean;
  failing?: () => boolean;
  renew?: () => Promise<boolean>;
} = {}) {
  const living = new Set<string>();
  const made: string[] = [];
  const seen: RunEvent[] = [];
  const service = (name: string, fails: () => boolean): Leasable => ({
    name,
    running: undefined as never,
    book: {
      create: async (id) => {
        await new Promise(setImmediate);
        if (fails()) throw new Error(`${name} is full`);
        living.add(`${name} ${id}`);
        made.push(`${name} ${id}`);
        return { url: `${name}://${id}`, host: 'h', port: '1' };
      },
      drop: async (id) => {
        await new Promise(setImmediate);
        living.delete(`${name} ${id}`);
      },
      openKeeper: async () => ({ ...NO_KEEPER, ...(renew ? { renew } : {}) }),
      [Symbol.asyncDispose]: async () => {},
    },
    launchAnother: () => Promise.reject(new Error('not asked for')),
    fields: () => ({ url: '', host: '', port: '' }),
  });
  const services = [service('db', () => false), service('mq', failing)];
  const events = createEventStream();
  events.subscribe((event) => seen.push(event));
  const desk = createLeaseDesk({
    services: () => services,
    env: (fields) => ({ DB_URL: fields.db?.url ?? '' }),
    events,
    openGateway: () => Promise.reject(new Error('not asked for')),
    spare,
    settled: async () => {},
    isolation: 'worker',
  });
  return { desk, living, made, services, types: () => seen.map(({ type }) => type) };
}

test('a lease has its own state on each service, its environment, and is listed until it ends', async () => {
  const { desk, living, types } = openDesk();
  const lease = await desk.acquire(A);
  expect(lease).toMatchObject({
    key: A,
    services: { db: { url: `db://${lease.id}` }, mq: { url: `mq://${lease.id}` } },
    env: { DB_URL: `db://${lease.id}` },
  });
  expect(living.size).toBe(2);
  expect(desk.list()).toMatchObject([{ id: lease.id, key: A }]);
  await desk.release(lease.id, 'released');
  expect([living.size, desk.list(), types()]).toEqual([0, [], ['lease.created', 'lease.ended']]);
});

test('the same key gets the same lease, also when it is asked for many times at once; another key another one', async () => {
  const { desk, made } = openDesk();
  const leases = await Promise.all([...Array(20)].map(() => desk.acquire(A)));
  expect(new Set(leases).size).toBe(1);
  expect((await desk.acquire({ ...A })).id).toBe(leases[0]?.id);
  expect(made).toHaveLength(2);
  const others = await Promise.all([key('b'), { ...A, mainPid: 2 }, { ...A, runner: 'x' }].map((other) => desk.acquire(other)));
  expect(new Set([...others, ...leases].map(({ id }) => id)).size).toBe(4);
});

test('a lease is ended once, however often it is released; the key then gets a new one', async () => {
  const { desk, types } = openDesk();
  const { id } = await desk.acquire(A);
  await Promise.all([desk.release(id, 'released'), desk.release(id, 'disconnected')]);
  await desk.release(id, 'released');
  await desk.release('unknown', 'released');
  expect(types()).toEqual(['lease.created', 'lease.ended']);
  expect((await desk.acquire(A)).id).not.toBe(id);
});

test('when one service fails, what the others made is undone, the reason is told, and the next try is a new one', async () => {
  let fails = true;
  const { desk, living, types } = openDesk({ failing: () => fails });
  await expect(desk.acquire(A)).rejects.toMatchObject({
    code: 'SEATRIAL_LEASE_FAILED',
    message: 'no lease could be made for test/1/a: mq is full',
    cause: expect.objectContaining({ message: 'mq is full' }),
  });
  expect([living.size, desk.list(), types()]).toEqual([0, [], ['lease.failed']]);
  fails = false;
  await desk.acquire(A);
  expect(living.size).toBe(2);
});

test('a failure that comes late takes nothing from who has asked again since', async () => {
  let tries = 0;
  const { desk, living } = openDesk({ failing: () => tries++ === 0 });
  const first = desk.acquire(A);
  const releasing = desk.release(desk.list()[0]?.id as string, 'released');
  const second = desk.acquire(A);
  await expect(first).rejects.toMatchObject({ code: 'SEATRIAL_LEASE_FAILED' });
  await releasing;
  expect(desk.list()).toMatchObject([{ id: (await second).id }]);
  await desk[Symbol.asyncDispose]();
  expect(living.size).toBe(0);
});

test('a spare state is made ahead, handed out at once, and made again', async () => {
  const { desk, living, made } = openDesk({ spare: true });
  desk.refill();
  desk.refill();
  await until(() => living.size === 2);
  const ahead = made[0]?.split(' ')[1];
  expect((await desk.acquire(A)).id).toBe(ahead);
  await until(() => living.size === 4);
  expect((await desk.acquire(key('b'))).id).toBe(made[2]?.split(' ')[1]);
  await until(() => living.size === 6);
  expect(desk.list()).toHaveLength(2);
});

test('two who come at once do not get the same spare', async () => {
  const { desk } = openDesk({ spare: true });
  desk.refill();
  const [a, b] = await Promise.all([desk.acquire(A), desk.acquire(key('b'))]);
  expect(a.id).not.toBe(b.id);
});

test("a spare that fits no more is undone, and one that failed is nobody's lease", async () => {
  let fails = false;
  const { desk, living, made } = openDesk({ spare: true, failing: () => fails });
  desk.refill();
  await until(() => living.size === 2);
  await desk.discardSpare();
  await desk.discardSpare();
  expect(living.size).toBe(0);
  fails = true;
  desk.refill();
  await until(() => made.length === 3);
  await until(() => living.size === 0);
  fails = false;
  expect((await desk.acquire(A)).id).not.toBe(made[2]?.split(' ')[1]);
});

test('the next process of a slot gets the lease that the last one had, once it is as new', async () => {
  const { desk, living, types } = openDesk({ renew: async () => true });
  const { id } = await desk.acquire(A, 'rewind');
  await desk.release(id, 'disconnected');
  expect([desk.list(), desk.find(id), desk.keepers(id)]).toEqual([[], undefined, undefined]);
  expect((await desk.acquire(A, 'rewind')).id).toBe(id);
  expect(desk.list()).toMatchObject([{ id }]);
  expect([living.size, types()]).toEqual([2, ['lease.created']]);
});

test.for<[string, (desk: LeaseDesk, id: string) => Promise<unknown>]>([
  ['when its holder has released it', (desk, id) => desk.release(id, 'released')],
  ['when the services change', async (desk, id) => desk.release(id, 'disconnected').then(desk.discardSpare)],
])('a lease that could be made as new is dropped %s', async ([, end]) => {
  const { desk, living, types } = openDesk({ renew: async () => true });
  const { id } = await desk.acquire(A, 'rewind');
  await end(desk, id);
  expect([living.size, types()]).toEqual([0, ['lease.created', 'lease.ended']]);
  expect((await desk.acquire(A, 'rewind')).id).not.toBe(id);
});

test.for<[string, () => Promise<boolean>]>([
  ["can't be made as new", async () => false],
  ['fails to be', () => Promise.reject(new Error('the server is gone'))],
  ['takes too long for it', () => new Promise(() => {})],
])('a lease that %s is dropped, and who waits for it gets another', async ([, renew]) => {
  const { desk, living } = openDesk({ renew });
  const { id } = await desk.acquire(A, 'rewind');
  await desk.release(id, 'disconnected');
  const other = await desk.acquire(A, 'rewind');
  expect(other.id).not.toBe(id);
  await until(() => living.size === 2);
  expect(desk.list()).toMatchObject([{ id: other.id }]);
});

test('another isolation, or one that takes nothing back, gets nothing that somebody else has had', async () => {
  const { desk, living } = openDesk({ renew: async () => true });
  const first = await desk.acquire(A, 'rewind');
  await desk.release(first.id, 'disconnected');
  const second = await desk.acquire(A, 'worker');
  expect(second.id).not.toBe(first.id);
  await desk.release(second.id, 'disconnected');
  expect((await desk.acquire(A, 'worker')).id).not.toBe(second.id);
  await until(() => living.size === 2);
});

test('at the end nothing is left: leases, those that are being made, the spare; and nothing is made any more', async () => {
  const { desk, living, types } = openDesk({ spare: true });
  await desk.acquire(A);
  const late = desk.acquire(key('b'));
  await Promise.all([late, desk[Symbol.asyncDispose]()]);
  await expect(desk.acquire(key('c'))).rejects.toMatchObject({
    code: 'SEATRIAL_LEASE_FAILED',
    message: expect.stringContaining('ending'),
  });
  desk.refill();
  await new Promise(setImmediate);
  expect([living.size, desk.list()]).toEqual([0, []]);
  expect(types().filter((type) => type === 'lease.ended')).toHaveLength(2);
});

test('a kind that leases servers gets one for each lease, stopped with it', async () => {
  const servers = new Set<string>();
  const launching: Leasable = {
    name: 'cache',
    running: undefined as never,
    book: undefined,
    launchAnother: async (id) => {
      servers.add(id);
      return {
        endpoint: { host: 'h', port: 7, addresses: [] },
        [Symbol.asyncDispose]: async () => void servers.delete(id),
      } as never;
    },
    fields: ({ endpoint: { port } }) => ({ url: `redis://h:${port}`, host: 'h', port: String(port) }),
  };
  const desk = createLeaseDesk({
    services: () => [launching],
    env: () => ({}),
    events: createEventStream(),
    spare: false,
    settled: async () => {},
    openGateway: () => Promise.reject(new Error('not asked for')),
    isolation: 'worker',
  });
  const { id, services } = await desk.acquire(A);
  expect([services.cache?.url, [...servers]]).toEqual(['redis://h:7', [id]]);
  await desk.release(id, 'released');
  expect(servers.size).toBe(0);
});
