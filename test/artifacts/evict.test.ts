import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { evict } from '../../src/artifacts/evict.ts';
import { isUsed, markUsed } from '../../src/util/cache-entry.ts';

let cache: string;

beforeEach(() => {
  cache = fs.mkdtempSync(path.join(os.tmpdir(), 'seatrial-evict-'));
  vi.stubEnv('SEATRIAL_CACHE_DIR', cache);
});
afterEach(() => {
  vi.unstubAllEnvs();
  fs.rmSync(cache, { recursive: true, force: true });
});

/** An entry of 1000 bytes that was last used so many minutes ago. */
function addEntry(name: string, minutesAgo: number): string {
  const folder = path.join(cache, name);
  fs.mkdirSync(path.join(folder, 'files'), { recursive: true });
  fs.writeFileSync(path.join(folder, 'files', 'data'), 'x'.repeat(1000));
  const at = Date.now() / 1000 - minutesAgo * 60;
  fs.utimesSync(folder, at, at);
  return folder;
}

test('the least recently used entries go first, builds and data alike, until the rest fits', async () => {
  const old = addEntry('artifacts/old', 30);
  const middle = addEntry('prepared/middle', 20);
  const fresh = addEntry('artifacts/fresh', 10);
  expect(await evict({ maxBytes: 1500 })).toEqual({ evicted: [old, middle], freedBytes: 2000, leftBytes: 1000 });
  expect(fs.existsSync(fresh)).toBe(true);
  expect(fs.readdirSync(path.join(cache, 'artifacts'))).toEqual(['fresh']);
});

test('nothing goes while the cache fits', async () => {
  addEntry('artifacts/one', 1);
  expect(await evict()).toMatchObject({ evicted: [], leftBytes: 1000 });
});

test('an entry that a living process uses stays, and goes when that process was killed', async () => {
  const folder = addEntry('artifacts/used', 30);
  const module = path.resolve(import.meta.dirname, '../../src/util/cache-entry.ts');
  const script = `import(${JSON.stringify(module)}).then(({ markUsed }) => { markUsed(${JSON.stringify(folder)}); console.log('marked'); setInterval(() => {}, 1000); })`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = new Promise((resolve) => child.once('exit', resolve));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  expect(isUsed(folder)).toBe(true);
  expect((await evict({ maxBytes: 0 })).evicted).toEqual([]);
  child.kill('SIGKILL');
  await exit;
  expect(isUsed(folder)).toBe(false);
  expect((await evict({ maxBytes: 0 })).evicted).toEqual([folder]);
});

test('marking an entry makes it the most recently used one', () => {
  const old = addEntry('artifacts/old', 30);
  markUsed(old);
  expect(Date.now() - fs.statSync(old).mtimeMs).toBeLessThan(60_000);
});

test('an entry that is named to be kept stays', async () => {
  const folder = addEntry('artifacts/kept', 30);
  expect((await evict({ maxBytes: 0, keep: [folder] })).evicted).toEqual([]);
});

test('what dead processes left half made goes after an hour, not before', async () => {
  addEntry('artifacts/.partial-old', 61);
  addEntry('artifacts/.partial-new', 1);
  await evict();
  expect(fs.readdirSync(path.join(cache, 'artifacts'))).toEqual(['.partial-new']);
});

test('the limit comes from the environment, and nonsense there is said', async () => {
  vi.stubEnv('SEATRIAL_CACHE_MAX_BYTES', '500');
  const folder = addEntry('artifacts/one', 1);
  expect((await evict()).evicted).toEqual([folder]);
  vi.stubEnv('SEATRIAL_CACHE_MAX_BYTES', '4 GB');
  await expect(evict()).rejects.toMatchObject({ code: 'SEATRIAL_OPTION_INVALID' });
});
