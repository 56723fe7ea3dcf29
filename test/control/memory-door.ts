import type { SessionDoor, SessionStatus } from '../../src/control/session-door.ts';
import type { RunEvent, RunEventBody } from '../../src/core/event.ts';
import type { Message } from '../../src/core/inspect.ts';
import type { Lease, LeaseKey } from '../../src/core/lease.ts';
import { SeatrialError } from '../../src/errors.ts';
import type { EndedTest } from '../../src/session/lease-states.ts';

export interface MemoryDoor extends SessionDoor {
  /** What happened, one word each: `acquire vitest/1`, `release l1 disconnected`, `touch`. */
  readonly calls: string[];
  readonly helloes: string[];
  /** Acquiring waits for it, when set. */
  gate: Promise<void> | undefined;
  /** Thrown by everything that starts or stops something, when set. */
  failure: Error | undefined;
  emit(event: RunEventBody): void;
}

export const MAIN_ENV = { DATABASE_URL: 'postgres://main@127.0.0.1/main', PGDATABASE: 'main', RUN_INTEGRATION_TESTS: 'true' };

/** A session with nothing behind it: a lease is a string with a number. For tests of the protocol; the real session has its own. */
export function createMemoryDoor(onCall: (call: string) => void = () => {}): MemoryDoor {
  const calls: string[] = [];
  const helloes: string[] = [];
  const note = (call: string) => {
    calls.push(call);
    onCall(call);
  };
  const leases = new Map<string, { lease: Lease; createdAt: number }>();
  const listeners = new Set<(event: RunEvent) => void>();
  const recent: RunEvent[] = [];
  let count = 0;
  const fail = () => {
    if (door.failure) throw door.failure;
  };
  const status = (): SessionStatus => ({
    session: 's1',
    project: door.project,
    startedAt: 1,
    pid: process.pid,
    isolation: 'worker',
    services: [
      {
        name: 'db',
        kind: 'postgres',
        title: 'PostgreSQL',
        product: 'PostgreSQL 18.4',
        version: '18.4',
        driver: 'embedded',
        state: 'ready',
        port: 5432,
        fields: { url: 'postgres://app:***@127.0.0.1:5432/main' },
        startedAt: 1,
        pid: 4,
        logFile: '/tmp/db.log',
        data: null,
      },
      {
        name: 'cache',
        kind: 'redis',
        title: 'Redis',
        product: 'Redis (Valkey 9.1.2)',
        version: '8',
        driver: 'embedded',
        state: 'starting',
        port: null,
        fields: {},
        startedAt: null,
        pid: null,
        logFile: null,
        data: null,
      },
    ],
    leases: [...leases.values()].map(({ lease, createdAt }) => ({ id: lease.id, key: lease.key, createdAt })),
    commands: [{ argv: ['vitest'], pid: 5, startedAt: 2 }],
  });
  const sent: Message[] = [];
  let wake = () => {};
  const end = (lease: string, test: string, outcome: string): EndedTest => {
    note(`end ${lease} ${test} ${outcome}`);
    return { reset: { ms: 1.5, reports: { db: { how: 'rewind', ms: 1.2, changed: 2, leaks: [] } } } };
  };
  const door: MemoryDoor = {
    id: 's1',
    project: { name: 'shop', root: '/shop' },
    calls,
    helloes,
    gate: undefined,
    failure: undefined,
    status,
    async acquire(key, signal) {
      note(`acquire ${key.runner}/${key.slot}`);
      await door.gate;
      fail();
      if (signal.aborted) throw signal.reason;
      const same = [...leases.values()].find(({ lease }) => isSameKey(lease.key, key));
      if (same) return same.lease;
      const id = `l${++count}`;
      const env = { DATABASE_URL: `postgres://app:secret@127.0.0.1/${id}`, PGDATABASE: id };
      const lease: Lease = {
        id,
        key,
        services: { db: { url: env.DATABASE_URL, host: '127.0.0.1', port: '5432', database: id } },
        env,
      };
      leases.set(id, { lease, createdAt: 3 });
      return lease;
    },
    states: {
      async begin(lease, test, between, finished) {
        const ended = finished && end(lease, finished.test, finished.outcome);
        note(`begin ${lease} ${test.name} ${between}`);
        return { test: { id: 't1', ...test }, overlapping: false, ...(ended ? { ended } : {}) };
      },
      end: async (lease, testId, { outcome }) => end(lease, testId, outcome),
      async enter(lease, scope) {
        note(`enter ${lease} ${scope}`);
      },
      async leave(lease, scope) {
        note(`leave ${lease} ${scope}`);
        return { ms: 1.5, reports: {} };
      },
      async diff(lease) {
        note(`diff ${lease}`);
        return { db: [{ table: 'users', op: 'insert', after: { id: 1 } }] };
      },
    },
    async inspector(lease, service) {
      note(`inspector ${lease} ${service}`);
      return {
        sources: async () => [{ name: 'orders', kind: 'topic' }],
        messages: async (source) => sent.filter((message) => message.source === source),
        changed: async (_source, signal) => {
          await new Promise<void>((resolve) => {
            signal.addEventListener('abort', () => resolve(), { once: true });
            wake = resolve;
          });
        },
        publish: async (source, { body, key, headers = {} }) => {
          sent.push({ source, id: String(sent.length + 1), body, headers, ...(key === undefined ? {} : { key }) });
          wake();
        },
        [Symbol.asyncDispose]: async () => {},
      };
    },
    async release(leaseId, reason) {
      note(`release ${leaseId} ${reason}`);
      leases.delete(leaseId);
    },
    mainEnv: () => MAIN_ENV,
    leasedNames: () => ['DATABASE_URL', 'PGDATABASE'],
    hello({ runner, slot }, plugin) {
      helloes.push(`${runner}/${slot} ${plugin}`);
      note(`hello ${runner}/${slot} ${plugin}`);
    },
    async restartService(name) {
      fail();
      note(`restart ${name}`);
    },
    async stopService(name) {
      fail();
      note(`stop ${name}`);
    },
    async stop() {
      note('stop');
    },
    touch: () => void note('touch'),
    events: {
      subscribe(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      recent: () => recent,
    },
    emit(body) {
      const event: RunEvent = { at: 1, ...body };
      recent.push(event);
      for (const listener of listeners) listener(event);
    },
  };
  return door;
}

export function notFound(name: string): SeatrialError {
  return new SeatrialError('SEATRIAL_SERVICE_START_FAILED', `${name} exited with code 1`, {
    hint: 'see its log',
    details: { service: name },
  });
}

function isSameKey(a: LeaseKey, b: LeaseKey): boolean {
  return a.runner === b.runner && a.mainPid === b.mainPid && a.slot === b.slot;
}
