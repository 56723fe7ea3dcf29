import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ServiceConfig } from '../../src/core/config.ts';
import type { Driver } from '../../src/core/driver.ts';
import type { RunEvent } from '../../src/core/event.ts';
import type { BinarySpec, Toolset } from '../../src/core/launch-spec.ts';
import type { PlannedService } from '../../src/core/plan.ts';
import type { ConfiguredService, LeaseBook } from '../../src/core/service.ts';
import { createEventStream } from '../../src/observe/event-stream.ts';
import { openLedger, readLedger } from '../../src/session/ledger.ts';
import { createSessionFolder } from '../../src/session/session-folder.ts';
import { type StartedService, startService } from '../../src/session/start-service.ts';
import { useOwnFolders } from '../helpers/own-folders.ts';
import { until } from '../helpers/until.ts';

/** What the service of a test does at the moment; the server is a `sleep`. */
interface Behaviour {
  /** The server ends with exit code 3 instead of starting. */
  broken: boolean;
  open(): Promise<LeaseBook>;
  /** For the commands of its migrations. */
  env(): Record<string, string>;
}

const book = (): LeaseBook => ({
  create: async (id) => ({ url: `fake://${id}`, host: 'h', port: '1' }),
  drop: async () => {},
  [Symbol.asyncDispose]: async () => {},
});

/** A session's place, with folders that a service of root can reach, and a start of a service in it. */
function makePlace(behaviour: Partial<Behaviour> = {}) {
  const { data } = useOwnFolders();
  fs.chmodSync(path.dirname(data), 0o711);
  const now: Behaviour = { broken: false, open: async () => book(), env: () => ({}), ...behaviour };
  const place = createSessionFolder();
  const ledger = openLedger(place.folder);
  onTestFinished(() => ledger.close());
  const seen: RunEvent[] = [];
  const events = createEventStream();
  events.subscribe((event) => seen.push(event));
  const spec: BinarySpec = {
    kind: 'binary',
    artifact: 'fake@1',
    version: '1',
    executables: ['sh'],
    searchFolders: [],
    versionProbe: { args: [], parse: () => '1' },
    refusesRoot: false,
    layers: [],
    command: () => ({ file: '/bin/sh', args: ['-c', now.broken ? 'echo no room; exit 3' : 'exec sleep 60'] }),
    stop: { signal: 'SIGTERM', graceMs: 1000, crashSignal: 'SIGKILL' },
    isPortClash: () => false,
  };
  const tools: Toolset = { version: '1', buildId: 'fake', bin: (name) => `/bin/${name}`, env: {} };
  const configured: ConfiguredService = {
    kind: 'fake',
    title: 'Fake',
    launch: [spec],
    deviations: () => [],
    fields: ({ host, port }) => ({ url: `fake://${host}:${port}`, host, port: String(port) }),
    env: () => ({}),
    ready: async () => {
      if (now.broken) throw new Error('no answer');
    },
    lease: { kind: 'database', open: () => now.open(), dropAll: async () => {} },
  };
  const start = (driver: Driver, config: Partial<ServiceConfig> = {}): Promise<StartedService> => {
    const planned = {
      config: { name: 'db', kind: 'fake', url: undefined, port: undefined, migrate: [], seed: [], ...config },
      configured,
      driver: driver.name,
      spec,
      version: '1',
    } as unknown as PlannedService;
    return startService({
      planned,
      driver,
      session: { ...place, ledger, watched: Promise.resolve() },
      events,
      signal: AbortSignal.timeout(10_000),
      fresh: false,
      keep: false,
      projectRoot: place.folder,
      project: 'orders-api',
      runId: 'r1',
      readyTimeoutMs: 5000,
      env: () => now.env(),
      reconfigure: () => planned,
    });
  };
  return { now, place, seen, start, tools, types: () => seen.map(({ type }) => type) };
}

const embedded = (tools: Toolset): Driver => ({
  name: 'embedded',
  takes: ['binary'],
  probe: async () => ({ ok: true, version: '1', how: 'here', present: true }),
  launch: (spec, { runBinary }) => runBinary(spec as BinarySpec, tools),
});

test('a service that can not be started again is dead: it says so once, with its last log lines, and makes no lease', async () => {
  const { now, start, tools, seen, place } = makePlace();
  const service = await start(embedded(tools));
  onTestFinished(() => service[Symbol.asyncDispose]());
  await service.openBook();
  now.broken = true;
  await expect(service.restart()).rejects.toMatchObject({ code: 'SEATRIAL_SERVICE_START_FAILED' });
  expect(service.death).toBeDefined();
  const deaths = seen.filter((event) => event.type === 'service.died');
  expect(deaths).toMatchObject([{ service: 'db', logTail: ['no room'] }]);
  await service.openBook();
  expect([service.book, readLedger(place.folder).size]).toEqual([undefined, 0]);
});

test('a service whose restart failed can be started again, and its death is heard again', async () => {
  const { now, start, tools, types } = makePlace();
  const service = await start(embedded(tools));
  onTestFinished(() => service[Symbol.asyncDispose]());
  now.broken = true;
  await expect(service.restart()).rejects.toThrow();
  now.broken = false;
  await service.restart();
  expect([service.death, service.book === undefined]).toEqual([undefined, false]);
  process.kill(service.running.pid as number, 'SIGKILL');
  await until(() => service.death !== undefined);
  expect(service.death).toEqual({ exitCode: null, signal: 'SIGKILL' });
  expect(types().filter((type) => type === 'service.died')).toHaveLength(2);
});

test('a lease book that could not be opened is tried again when it is asked for again', async () => {
  let tries = 0;
  const { start, tools } = makePlace({
    open: async () => {
      if (++tries === 1) throw new Error('too many connections');
      return book();
    },
  });
  const service = await start(embedded(tools));
  onTestFinished(() => service[Symbol.asyncDispose]());
  await expect(service.openBook()).rejects.toThrow('too many connections');
  await Promise.all([service.openBook(), service.openBook()]);
  expect([tries, service.book === undefined]).toEqual([2, false]);
});

test.each(['no state of our own can be made on it', 'its steps can not be planned there'])(
  'a server that is not ours is let go when %s',
  async (what) => {
    const created = what.startsWith('its steps');
    let plans = 0;
    const closed: string[] = [];
    const { start } = makePlace({
      open: async () => ({
        ...book(),
        ...(created ? {} : { create: () => Promise.reject(new Error(what)) }),
        [Symbol.asyncDispose]: async () => void closed.push('book'),
      }),
      env: () => {
        if (++plans === 2) throw new Error(what);
        return {};
      },
    });
    const external: Driver = {
      name: 'external',
      takes: ['address'],
      probe: async () => ({ ok: true, version: '1', how: 'there', present: true }),
      launch: async () => ({
        endpoint: { host: '127.0.0.1', port: 1, addresses: ['127.0.0.1'] },
        version: 'external',
        pid: undefined,
        logFile: undefined,
        data: undefined,
        died: new Promise(() => {}),
        [Symbol.asyncDispose]: async () => void closed.push('server'),
      }),
    };
    const migrate: ServiceConfig['migrate'] = [
      {
        kind: 'command',
        argv: ['true'],
        cwd: '/',
        origin: 'seatrial.yaml:1',
        tool: undefined,
        inputs: undefined,
        inferred: false,
        shell: false,
      },
    ];
    await expect(start(external, { migrate, url: 'fake://h:1' })).rejects.toThrow(what);
    expect(closed).toEqual(['book', 'server']);
  },
);
