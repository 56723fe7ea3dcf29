import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { endProcesses, sendSignal, waitUntilGone } from '../../../src/util/platform/end-process.ts';
import {
  identityOf,
  isProcessAlive,
  type ProcessIdentity,
  type ProcessStat,
  pidScope,
  processStartTime,
  readStat,
  selfIdentity,
} from '../../../src/util/platform/process-identity.ts';
import {
  commandLine,
  descendantsOf,
  listProcesses,
  startEnvironment,
  worksIn,
} from '../../../src/util/platform/process-table.ts';
import { startChild } from '../../helpers/child.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { until } from '../../helpers/until.ts';

const NO_SUCH_PID = 2 ** 22 + 1; // above the kernel's limit

/** A process whose parent is a sleep, which collects nobody: once dead it stays a zombie. */
async function startUncollected() {
  const parent = startChild('/bin/sh', ['-c', '/bin/sleep 60 & echo $!; exec /bin/sleep 61']);
  const pid = Number(await parent.line());
  await until(() => commandLine(parent.pid) === '/bin/sleep 61');
  const die = async () => {
    process.kill(pid, 'SIGKILL');
    await until(() => readStat(pid)?.state === 'Z');
  };
  return { pid, die };
}

const sleeper = () => startChild('/bin/sleep', ['60']);

describe('a process identity', () => {
  test('is alive until its process ends, also while nobody has collected it', async () => {
    const { pid, die } = await startUncollected();
    const identity = identityOf(pid) as ProcessIdentity;
    expect(isProcessAlive(identity)).toBe(true);
    await die();
    expect(isProcessAlive(identity)).toBe(false);
    expect(identityOf(pid)).toBeUndefined();
  });

  test('is not that of a later process with the same pid, nor of one that never was', () => {
    expect(isProcessAlive({ pid: process.pid, startTime: '1' })).toBe(false);
    expect(processStartTime(NO_SUCH_PID)).toBeUndefined();
    expect(isProcessAlive(selfIdentity())).toBe(true);
  });

  test('is read behind a name with blanks and parentheses', async () => {
    const folder = temporaryFolder();
    const program = path.join(folder, 'a) R (b');
    fs.copyFileSync(fs.realpathSync('/bin/sleep'), program);
    const child = startChild(program, ['60'], { detached: true });
    expect(readStat(child.pid)).toMatchObject({ name: 'a) R (b', ppid: process.pid, pgid: child.pid, sid: child.pid });
    expect(readStat(child.pid)?.startTime).toMatch(/^\d+$/);
  });

  test('is worth something in this boot and this pid namespace', () => {
    expect(pidScope()).toEqual({
      boot: fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      pidNamespace: fs.readlinkSync('/proc/self/ns/pid'),
    });
  });
});

describe('the process table', () => {
  test('tells descendants in the order of generations, without the roots and without strangers', async () => {
    const root = startChild('/bin/sh', ['-c', '/bin/sh -c "echo \\$\\$; /bin/sleep 60 & echo \\$!; wait" & wait']);
    const child = Number(await root.line());
    const grandchild = Number(await root.line());
    const stranger = sleeper();
    const found = descendantsOf([root.pid], listProcesses()).map(({ pid }) => pid);
    expect(found).toEqual([child, grandchild]);
    expect(found).not.toContain(stranger.pid);
    for (const pid of found) process.kill(pid, 'SIGKILL');
  });

  test('ends although a process is its own ancestor in a table that changed while it was read', () => {
    const process = (pid: number, ppid: number) => ({ pid, ppid }) as ProcessStat;
    expect(descendantsOf([1], [process(2, 1), process(1, 2), process(3, 3)]).map(({ pid }) => pid)).toEqual([2]);
  });

  test('holds no zombies', async () => {
    const { pid, die } = await startUncollected();
    expect(listProcesses().map((process) => process.pid)).toContain(pid);
    await die();
    expect(listProcesses().map((process) => process.pid)).not.toContain(pid);
  });

  test('gives a variable of the start by its whole name only', () => {
    const { pid } = startChild('/bin/sleep', ['60'], { env: { FIRST: '1', XTAG: 'no', TAG: 'a=b', EMPTY: '', LAST: 'z' } });
    const get = (name: string) => startEnvironment(pid, name);
    expect(['FIRST', 'TAG', 'EMPTY', 'LAST', 'AG', 'NONE'].map(get)).toEqual(['1', 'a=b', '', 'z', undefined, undefined]);
    expect(startEnvironment(NO_SUCH_PID, 'TAG')).toBeUndefined();
  });

  test('finds who works in a folder, also once that is removed, and not in one with a longer name', () => {
    const folder = temporaryFolder();
    const inside = path.join(folder, 'data', 'base');
    fs.mkdirSync(inside, { recursive: true });
    const { pid } = startChild('/bin/sleep', ['60'], { cwd: inside });
    expect([folder, path.join(folder, 'data'), inside].map((at) => worksIn(pid, at))).toEqual([true, true, true]);
    expect(worksIn(pid, path.join(folder, 'dat'))).toBe(false);
    fs.rmSync(path.join(folder, 'data'), { recursive: true });
    expect([path.join(folder, 'data'), inside].map((at) => worksIn(pid, at))).toEqual([true, true]);
    expect(worksIn(NO_SUCH_PID, folder)).toBe(false);
  });

  test('shows a command line, and nothing for a process that is gone', () => {
    expect(commandLine(sleeper().pid)).toBe('/bin/sleep 60');
    expect(commandLine(NO_SUCH_PID)).toBe('');
  });
});

describe('ending processes', () => {
  test('signals reach exactly the process that is meant', async () => {
    const child = sleeper();
    const identity = identityOf(child.pid) as ProcessIdentity;
    expect(sendSignal({ ...identity, startTime: '1' }, 'SIGKILL')).toBe(false);
    expect(isProcessAlive(identity)).toBe(true);
    expect(sendSignal(identity, 'SIGTERM')).toBe(true);
    expect(await child.ended).toEqual({ exitCode: null, signal: 'SIGTERM' });
    expect(sendSignal(identity, 'SIGTERM')).toBe(false);
  });

  test('one that complies is not killed, one that does not is killed after its grace', async () => {
    const obedient = startChild('/bin/sh', ['-c', 'trap "exit 7" TERM; echo up; while :; do /bin/sleep 0.01; done']);
    const stubborn = startChild('/bin/sh', ['-c', 'trap "" TERM; echo up; exec /bin/sleep 60']);
    await Promise.all([obedient.line(), stubborn.line()]);
    const identities = [obedient, stubborn].map(({ pid }) => identityOf(pid) as ProcessIdentity);
    expect(await endProcesses(identities, { signal: 'SIGTERM', graceMs: 300 })).toEqual([]);
    expect(await obedient.ended).toEqual({ exitCode: 7, signal: null });
    expect(await stubborn.ended).toEqual({ exitCode: null, signal: 'SIGKILL' });
  });

  test('whoever waits in vain is told who still lives', async () => {
    const { pid } = sleeper();
    const identity = identityOf(pid) as ProcessIdentity;
    expect(await waitUntilGone([identity, { pid: NO_SUCH_PID, startTime: '1' }], 20)).toEqual([identity]);
    expect(await waitUntilGone([], 0)).toEqual([]);
  });
});
