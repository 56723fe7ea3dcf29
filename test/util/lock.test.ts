import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from '../../src/util/lock.ts';

const module = path.resolve(import.meta.dirname, '../../src/util/lock.ts');
let folder: string;
let file: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seatrial-lock-'));
  file = path.join(folder, 'it.lock');
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Runs the body of an async function in which `withLock` and `file` are known, in a process of its own. */
function startScript(body: string) {
  const script = `import(${JSON.stringify(module)}).then(async ({ withLock }) => { const file = ${JSON.stringify(file)}; ${body} })`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const line = new Promise<string>((resolve) => child.stdout.setEncoding('utf8').once('data', resolve));
  return { child, exit, line };
}

const HOLD = `await withLock(file, {}, async () => { console.log('held'); await new Promise((resolve) => setTimeout(resolve, 60_000)); });`;

test('callers run one after another, and the file is gone afterwards', async () => {
  let running = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running--;
    return 'done';
  };
  expect(await Promise.all(Array.from({ length: 5 }, () => withLock(file, {}, work)))).toEqual(Array(5).fill('done'));
  expect(most).toBe(1);
  expect(fs.readdirSync(folder)).toEqual([]);
});

test('a failure of the work lets go of the lock', async () => {
  await expect(withLock(file, {}, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(fs.readdirSync(folder)).toEqual([]);
});

test('processes exclude each other', async () => {
  const log = path.join(folder, 'log');
  const body = `const fs = await import('node:fs');
    for (let i = 0; i < 20; i++) await withLock(file, {}, async () => {
      fs.appendFileSync(${JSON.stringify(log)}, 'in ');
      await new Promise(setImmediate);
      fs.appendFileSync(${JSON.stringify(log)}, 'out\\n');
    });`;
  const exits = await Promise.all(Array.from({ length: 3 }, () => startScript(body).exit));
  expect(exits).toEqual([0, 0, 0]);
  expect(new Set(fs.readFileSync(log, 'utf8').trim().split('\n'))).toEqual(new Set(['in out']));
});

test('the lock of a killed process is taken over by one of those who wait', async () => {
  const dead = startScript(HOLD);
  await dead.line;
  let running = 0;
  const waiters = Array.from({ length: 4 }, () =>
    withLock(file, { timeoutMs: 20_000 }, async () => {
      expect(++running).toBe(1);
      await new Promise(setImmediate);
      running--;
    }),
  );
  dead.child.kill('SIGKILL');
  await dead.exit;
  await Promise.all(waiters);
  expect(fs.readdirSync(folder)).toEqual([]);
});

test('a take-over whose own process was killed half way is taken over in turn', async () => {
  const first = startScript(HOLD);
  await first.line;
  const holder = JSON.parse(fs.readFileSync(file, 'utf8'));
  first.child.kill('SIGKILL');
  await first.exit;
  const claim = `${file}.${holder.token}`;
  fs.writeFileSync(claim, JSON.stringify({ ...holder, token: 'second' }));
  expect(await withLock(file, { timeoutMs: 5000 }, async () => 'mine')).toBe('mine');
  expect(fs.readdirSync(folder)).toEqual([]);
});

test('nobody takes over while somebody who lives is at it', async () => {
  const first = startScript(HOLD);
  await first.line;
  const holder = JSON.parse(fs.readFileSync(file, 'utf8'));
  const taker = startScript(HOLD.replace('file,', `file + '.${holder.token}',`));
  await taker.line;
  first.child.kill('SIGKILL');
  await first.exit;
  await expect(withLock(file, { timeoutMs: 300 }, async () => 'never')).rejects.toMatchObject({ code: 'SEATRIAL_LOCK_TIMEOUT' });
  taker.child.kill('SIGKILL');
  await taker.exit;
  expect(await withLock(file, { timeoutMs: 5000 }, async () => 'mine')).toBe('mine');
});

test('a pid that was used again does not hold the lock', async () => {
  const first = startScript(HOLD);
  await first.line;
  const holder = JSON.parse(fs.readFileSync(file, 'utf8'));
  first.child.kill('SIGKILL');
  await first.exit;
  fs.writeFileSync(file, JSON.stringify({ ...holder, pid: process.pid }));
  expect(await withLock(file, { timeoutMs: 5000 }, async () => 'mine')).toBe('mine');
});

test('whoever waits is told once by whom it is held, and at the end of its patience gets the name again', async () => {
  const other = startScript(HOLD);
  await other.line;
  const waits: number[] = [];
  const waiting = withLock(file, { timeoutMs: 300, onWait: ({ pid }) => waits.push(pid) }, async () => 'never');
  await expect(waiting).rejects.toMatchObject({
    code: 'SEATRIAL_LOCK_TIMEOUT',
    message: expect.stringContaining(`process ${other.child.pid}`),
    details: { file, holder: { pid: other.child.pid } },
  });
  expect(waits).toEqual([other.child.pid]);
  other.child.kill('SIGKILL');
  await other.exit;
});

test('an aborted wait ends at once', async () => {
  const abort = new AbortController();
  await withLock(file, {}, async () => {
    const waiting = withLock(file, { signal: abort.signal, onWait: () => abort.abort() }, async () => 'never');
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });
});

test('a process that exits while it holds the lock leaves no file', async () => {
  await startScript(`await withLock(file, {}, async () => process.exit(0));`).exit;
  expect(fs.readdirSync(folder)).toEqual([]);
});

test('drafts that a killed process has left are removed, those that are just being made are not', async () => {
  const [old, young, other] = ['.draft-old', '.draft-young', 'other.lock'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const name of [old, young, other]) fs.writeFileSync(name, '{}');
  const twoMinutesAgo = new Date(Date.now() - 120_000);
  for (const name of [old, other]) fs.utimesSync(name, twoMinutesAgo, twoMinutesAgo);
  expect(await withLock(file, {}, async () => 'mine')).toBe('mine');
  expect([old, young, other].map(fs.existsSync)).toEqual([false, true, true]);
});

test('the folder of the lock is made when it is missing', async () => {
  expect(await withLock(path.join(folder, 'new', 'it.lock'), {}, async () => 'mine')).toBe('mine');
});
