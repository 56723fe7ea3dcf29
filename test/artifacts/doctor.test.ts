import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { examineMachine } from '../../src/artifacts/doctor.ts';

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seatrial-doctor-'));
  fs.chmodSync(folder, 0o755);
  vi.stubEnv('SEATRIAL_CACHE_DIR', path.join(folder, 'cache'));
  vi.stubEnv('SEATRIAL_RUNTIME_DIR', path.join(folder, 'run'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function examine() {
  const findings = await examineMachine({ cwd: folder, signal: AbortSignal.timeout(60_000) });
  return Object.fromEntries(findings.map((finding) => [finding.title, finding]));
}

test('every check answers once, and whatever is not well comes with what to do', async () => {
  const findings = Object.values(await examine());
  expect(findings.map((finding) => finding.title)).toEqual([
    'Node.js',
    'Platform',
    'Cache folder',
    'Runtime folder',
    'Memory for data',
    'Service user',
    'Loopback',
    'Leftovers',
    'npm',
    'Python with pip',
    'Maven and Java',
    'Container engine',
  ]);
  for (const { level, detail, hint } of findings) {
    expect(detail).not.toBe('');
    if (level !== 'ok') expect(hint).toBeTruthy();
  }
});

test('it changes nothing', async () => {
  await examine();
  expect(fs.readdirSync(folder)).toEqual([]);
});

test('it notices missing clients, a socket without an engine, old leftovers and a long runtime path', async () => {
  vi.stubEnv('PATH', folder);
  vi.stubEnv('DOCKER_HOST', `unix://${path.join(folder, 'engine.sock')}`);
  fs.writeFileSync(path.join(folder, 'engine.sock'), '');
  vi.stubEnv('SEATRIAL_RUNTIME_DIR', path.join(folder, 'r'.repeat(80)));
  const partial = path.join(folder, 'cache', 'artifacts', '.partial-x');
  fs.mkdirSync(partial, { recursive: true });
  fs.utimesSync(partial, 1, 1);
  const found = await examine();
  expect(found.npm).toMatchObject({ level: 'fail' });
  expect(found['Python with pip']).toMatchObject({ level: 'warn', detail: expect.stringContaining('python3, python') });
  expect(found['Container engine']).toMatchObject({ level: 'warn', detail: expect.stringContaining('does not answer') });
  expect(found['Runtime folder']).toMatchObject({ level: 'warn' });
  expect(found.Leftovers).toMatchObject({ level: 'warn', detail: expect.stringContaining('.partial-x') });
});

test('root is told when the services’ user can not reach the cache', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('needs root');
  fs.chmodSync(folder, 0o700);
  expect((await examine())['Service user']).toMatchObject({ level: 'fail', detail: expect.stringContaining(folder) });
});
