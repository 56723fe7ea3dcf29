import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../helpers/until.ts';
import { type Started, seatrial, startSeatrial } from './cli.ts';
import { findLeftovers, findProcesses, leftoversAfter, WATCHDOG_MS } from './leftovers.ts';
import { program } from './programs.ts';
import { DB, DB_AND_CACHE, makeWorkspace, type Workspace } from './workspace.ts';

/** A run whose command keeps PostgreSQL busy, with a child of its own. */
async function busyRun(): Promise<{ workspace: Workspace; run: Started; commandPid: number }> {
  const workspace = makeWorkspace({ 'seatrial.yaml': DB_AND_CACHE });
  const script = `node ${program('sql.mjs')} "select pg_sleep(600)" & sleep 973 & node ${program('redis.mjs')} 'SET a 1' && echo up $$; wait`;
  const run = startSeatrial(workspace, ['run', '--', 'sh', '-c', script]);
  const [, pid] = await run.untilStdout(/up (\d+)/);
  await untilBusy(workspace);
  return { workspace, run, commandPid: Number(pid) };
}

/** A PostgreSQL backend outlives its postmaster only while it is busy: the sharpest case. */
function untilBusy({ top }: Workspace): Promise<void> {
  return until(() => findProcesses(top).some(({ text }) => /postgres:.*SELECT/.test(text)));
}

test('The check for leftovers sees the services, the watchdog, the command and the folders of a run', async () => {
  const { workspace } = await busyRun();

  const found = findLeftovers(workspace).join('\n');

  for (const expected of [
    /bin\/postgres /,
    /postgres: .*checkpointer/,
    /valkey-server/,
    /seatrial-watchdog/,
    /sleep 973/,
    /pg_sleep/,
    /\/run\/sessions\//,
    /\/data\//,
  ])
    expect(found).toMatch(expected);
});

test.for([
  ['success', 'true', 0],
  ['failure', 'false', 1],
] as const)('Nothing is left when the command ends with %s', async ([, command, code]) => {
  const workspace = makeWorkspace({ 'seatrial.yaml': DB_AND_CACHE });

  expect((await seatrial(workspace, ['run', '--', command])).code).toBe(code);

  expect(findLeftovers(workspace)).toEqual([]);
});

test.for(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'Nothing is left when %s ends the process group of a run with a busy query',
  async (signal) => {
    const { workspace, run } = await busyRun();

    run.killGroup(signal);
    const { code } = await run.ended;

    expect(code).toBe({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal]);
    expect(await leftoversAfter(workspace)).toEqual([]);
  },
);

test.for(['SIGINT', 'SIGTERM'] as const)('%s while services start ends them and leaves nothing', async (signal) => {
  const workspace = makeWorkspace({ 'seatrial.yaml': DB_AND_CACHE });
  const run = startSeatrial(workspace, ['run', '--', 'sh', '-c', 'echo the command ran']);
  while (!fs.existsSync(workspace.data)) await new Promise((resolve) => setTimeout(resolve, 1)); // from here on there is something to leave behind

  run.kill(signal);
  const { code, stdout } = await run.ended;

  expect(stdout).toBe('');
  expect(code).toBe(signal === 'SIGINT' ? 130 : 143);
  expect(findLeftovers(workspace)).toEqual([]);
});

test('R6: nothing is left soon after SIGKILL ends Seatrial in the middle of a busy query', async () => {
  const { workspace, run } = await busyRun();

  run.kill('SIGKILL');

  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
});

test('Nothing is left when SIGKILL ends the command; the exit code says so', async () => {
  const { workspace, run, commandPid } = await busyRun();

  process.kill(commandPid, 'SIGKILL');
  const { code } = await run.ended;

  expect(code).toBe(137);
  expect(findLeftovers(workspace)).toEqual([]);
});

test('Nothing is left soon after SIGKILL ends the whole process group', async () => {
  const { workspace, run } = await busyRun();

  run.killGroup('SIGKILL');

  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
});

test('A watchdog that is killed is replaced, and its successor does the work', async () => {
  const { workspace, run } = await busyRun();
  const watchdogs = () => findProcesses(workspace.top).filter(({ text }) => text.includes('seatrial-watchdog'));
  const [first] = watchdogs();

  process.kill(first?.pid as number, 'SIGKILL');
  await expect.poll(() => watchdogs().map(({ pid }) => pid !== first?.pid)).toEqual([true]);
  run.kill('SIGKILL');

  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
});

test('When session and watchdog are killed together, the next command sweeps; a run that lives is left alone', async () => {
  const { workspace, run } = await busyRun();
  const other = startSeatrial(workspace, ['run', '--', 'sh', '-c', 'echo up; cat']);
  await other.untilStdout(/up/);

  killSessionAndWatchdog(workspace, run);
  await seatrial(workspace, ['services', 'status']);

  expect(findProcesses(workspace.top).filter(({ text }) => /pg_sleep|sleep 973/.test(text))).toEqual([]);
  expect(fs.readdirSync(workspace.data)).toHaveLength(1);
  other.write('still here\n');
  await other.untilStdout(/still here/);
  other.closeStdin();
  expect((await other.ended).code).toBe(0);
  expect(findLeftovers(workspace)).toEqual([]);
});

test('A corrupt ledger does not keep the next command from sweeping', async () => {
  const { workspace, run } = await busyRun();
  killSessionAndWatchdog(workspace, run);
  const [session] = fs.readdirSync(path.join(workspace.runtime, 'sessions'));
  const ledger = path.join(workspace.runtime, 'sessions', session as string, 'ledger.jsonl');
  fs.writeFileSync(
    ledger,
    `\0\0{"op":"own","id":"x","thing":nonsense\n[]\nnull\n{"op":"own","id":"y"}\n${fs.readFileSync(ledger, 'utf8').slice(0, 40)}`,
  );

  const { code } = await seatrial(workspace, ['run', '--', 'true']);

  expect(code).toBe(0);
  expect(findLeftovers(workspace)).toEqual([]);
});

function killSessionAndWatchdog({ top }: Workspace, run: Started): void {
  const [watchdog] = findProcesses(top).filter(
    ({ text, pid }) => text.includes('seatrial-watchdog') && parentOf(pid) === run.pid,
  );
  process.kill(run.pid, 'SIGSTOP'); // else it would start another watchdog
  process.kill(watchdog?.pid as number, 'SIGKILL');
  process.kill(run.pid, 'SIGKILL');
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);
}

test.for(['an orderly end', 'SIGKILL'])(
  'PostgreSQL starts in a data folder with a long path, and nothing is left after %s',
  async (end) => {
    const workspace = makeWorkspace({ 'seatrial.yaml': DB });
    const SEATRIAL_DATA_DIR = path.join(workspace.data, 'a-path-as-a-build-server-has-them'.repeat(3));
    const run = startSeatrial(workspace, ['run', '--', 'sh', '-c', `node ${program('sql.mjs')} 'select 1' && echo up; read _`], {
      env: { SEATRIAL_DATA_DIR },
    });
    await run.untilStdout(/up/);
    const [session] = fs.readdirSync(SEATRIAL_DATA_DIR);
    const ofSession = () => fs.readdirSync('/tmp').filter((name) => name.includes(session as string));
    expect(ofSession()).toHaveLength(1);

    if (end === 'SIGKILL') run.kill('SIGKILL');
    else run.closeStdin();
    await run.ended;

    await expect.poll(() => [ofSession(), fs.readdirSync(SEATRIAL_DATA_DIR)], { timeout: WATCHDOG_MS }).toEqual([[], []]);
  },
);
