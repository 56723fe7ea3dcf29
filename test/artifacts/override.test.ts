import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createFetcher } from '../../src/artifacts/fetcher.ts';
import { makeTgz } from '../helpers/archives.ts';

let folder: string;
const SERVER = '#!/bin/sh\necho "postgres (PostgreSQL) 18.9"\n';
const archive = makeTgz([
  { name: 'postgresql-18.9/bin/postgres', text: SERVER, mode: 0o755 },
  { name: 'postgresql-18.9/bin/initdb', text: SERVER, mode: 0o755 },
]);

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seatrial-own-'));
  vi.stubEnv('SEATRIAL_CACHE_DIR', path.join(folder, 'cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  fs.rmSync(folder, { recursive: true, force: true });
});

function fetcherFor(file: string, sha256?: string) {
  return createFetcher({ 'postgres@18': { path: file, sha256 } }, { cwd: folder });
}
const options = () => ({ signal: AbortSignal.timeout(10_000), progress: () => {} });

test('an archive of a company is unpacked into the cache and tells its own version', async () => {
  const file = path.join(folder, 'own.tgz');
  fs.writeFileSync(file, archive);
  const fetcher = fetcherFor(file, createHash('sha256').update(archive).digest('hex'));
  expect(await fetcher.find('postgres@18', '18')).toMatchObject({ version: '18', present: false, downloadBytes: 0 });
  const tools = await fetcher.fetch('postgres@18', '18', options());
  expect(tools.version).toBe('18.9');
  expect(execFileSync(tools.bin('initdb'), { encoding: 'utf8' })).toContain('18.9');
  expect(await fetcher.find('postgres@18', '18')).toMatchObject({ version: '18.9', present: true });
});

test('an archive that changes is unpacked anew', async () => {
  const file = path.join(folder, 'own.tgz');
  fs.writeFileSync(file, archive);
  const first = await fetcherFor(file).fetch('postgres@18', undefined, options());
  fs.writeFileSync(file, makeTgz([{ name: 'bin/postgres', text: SERVER.replace('18.9', '18.10'), mode: 0o755 }]));
  const second = await fetcherFor(file).fetch('postgres@18', undefined, options());
  expect([first.version, second.version]).toEqual(['18.9', '18.10']);
  expect(first.buildId).not.toBe(second.buildId);
});

test('an archive with another checksum than the configuration names is refused', async () => {
  const file = path.join(folder, 'own.tgz');
  fs.writeFileSync(file, archive);
  const fetching = fetcherFor(file, 'c'.repeat(64)).fetch('postgres@18', undefined, options());
  await expect(fetching).rejects.toMatchObject({ code: 'SEATRIAL_ARTIFACT_CHECKSUM_MISMATCH' });
  expect(fs.existsSync(file)).toBe(true);
});

test('an unpacked folder is used where it lies', async () => {
  const own = path.join(folder, 'own');
  fs.mkdirSync(path.join(own, 'bin'), { recursive: true });
  fs.writeFileSync(path.join(own, 'bin', 'postgres'), SERVER, { mode: 0o755 });
  const tools = await fetcherFor(own).fetch('postgres@18', undefined, options());
  expect(tools).toMatchObject({ version: '18.9', buildId: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(tools.bin('postgres')).toBe(path.join(own, 'bin', 'postgres'));
  expect(() => tools.bin('initdb')).toThrow(/no executable initdb/);
  expect(fs.existsSync(path.join(folder, 'cache'))).toBe(false);
});

test('a path with nothing there, and a folder without the server, are named', async () => {
  const missing = path.join(folder, 'missing.tgz');
  await expect(fetcherFor(missing).find('postgres@18', undefined)).rejects.toMatchObject({
    code: 'SEATRIAL_ARTIFACT_FETCH_FAILED',
    message: expect.stringContaining(missing),
  });
  fs.mkdirSync(path.join(folder, 'empty'));
  await expect(fetcherFor(path.join(folder, 'empty')).find('postgres@18', undefined)).rejects.toMatchObject({
    code: 'SEATRIAL_ARTIFACT_UNPACK_FAILED',
    message: expect.stringContaining('no executable postgres'),
  });
});
