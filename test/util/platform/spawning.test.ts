import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { identityOf, isProcessAlive, type ProcessIdentity } from '../../../src/util/platform/process-identity.ts';
import { commandLine, startEnvironment } from '../../../src/util/platform/process-table.ts';
import { type Gated, spawnGated } from '../../../src/util/platform/spawn-gated.ts';
import { startScript } from '../../helpers/child.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { until } from '../../helpers/until.ts';

describe('a gated process', () => {
  const gate = (folder: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Gated> => {
    const logFd = fs.openSync(path.join(folder, 'log'), 'a');
    return spawnGated({ file: args[0] as string, args: args.slice(1), env, cwd: folder, user: undefined, logFd }).finally(() =>
      fs.closeSync(logFd),
    );
  };
  const logOf = (folder: string) => fs.readFileSync(path.join(folder, 'log'), 'utf8');

  test('runs its program only once the gate is opened, under the pid that was known before', async () => {
    const folder = temporaryFolder();
    const gated = await gate(folder, ['/bin/sh', '-c', 'echo "$$ $0 $1 $TAG"; exit 3', 'with "quotes"', '$HOME *'], {
      TAG: 'x y',
    });
    expect(identityOf(gated.pid)).toEqual({ pid: gated.pid, startTime: gated.startTime });
    expect(commandLine(gated.pid)).toContain('seatrial-gate');
    expect(startEnvironment(gated.pid, 'TAG')).toBe('x y');
    expect(logOf(folder)).toBe('');
    gated.open();
    expect(await gated.ended).toEqual({ exitCode: 3, signal: null });
    expect(logOf(folder)).toBe(`${gated.pid} with "quotes" $HOME * x y\n`);
  });

  test('leads a session of its own and leaves the gate open to nobody', async () => {
    const folder = temporaryFolder();
    const gated = await gate(folder, ['/bin/sh', '-c', 'ls /proc/$$/fd; cut -d" " -f5,6 /proc/$$/stat'], {
      PATH: process.env.PATH ?? '',
    });
    gated.open();
    await gated.ended;
    const lines = logOf(folder).trim().split('\n');
    expect(lines.pop()).toBe(`${gated.pid} ${gated.pid}`);
    expect(lines).not.toContain('3');
  });

  test('never runs its program when the process that holds the gate is killed', async () => {
    const folder = temporaryFolder();
    const holder = startScript(
      `const { spawnGated } = await src('util/platform/spawn-gated.ts');
       const logFd = require('node:fs').openSync('log', 'a');
       const spec = { file: '/bin/sh', args: ['-c', 'echo started'], env: {}, cwd: '.', user: undefined, logFd };
       const all = await Promise.all(Array.from({ length: 20 }, () => spawnGated(spec)));
       console.log(JSON.stringify(all.map(({ pid, startTime }) => ({ pid, startTime }))));
       setInterval(() => {}, 1000);`,
      { cwd: folder },
    );
    const waiting = JSON.parse(await holder.line()) as ProcessIdentity[];
    expect(waiting.filter(isProcessAlive)).toHaveLength(20);
    process.kill(holder.pid, 'SIGKILL');
    await until(() => !waiting.some(isProcessAlive));
    expect(logOf(folder)).toBe('');
  });

  test('keeps nobody from ending: its holder goes, and it is gone too', async () => {
    const holder = startScript(
      `const { spawnGated } = await src('util/platform/spawn-gated.ts');
       const { pid } = await spawnGated({ file: '/bin/sleep', args: ['60'], env: {}, cwd: '/', user: undefined, logFd: 2 });
       console.log(pid);`,
    );
    const identity = identityOf(Number(await holder.line()));
    expect(await holder.ended).toEqual({ exitCode: 0, signal: null });
    await until(() => !identity || !isProcessAlive(identity));
  });

  test('that is ended while it waits says so, and opening the gate then is no error', async () => {
    const gated = await gate(temporaryFolder(), ['/bin/echo', 'never']);
    process.kill(gated.pid, 'SIGTERM');
    expect(await gated.ended).toEqual({ exitCode: null, signal: 'SIGTERM' });
    gated.open();
    await new Promise(setImmediate);
  });

  test('is refused when its folder is not there', async () => {
    const logFd = fs.openSync('/dev/null', 'a');
    const spec = { file: '/bin/true', args: [], env: {}, cwd: '/nowhere', user: undefined, logFd };
    await expect(spawnGated(spec)).rejects.toMatchObject({ code: 'ENOENT' });
    fs.closeSync(logFd);
  });
});

describe('a watcher', () => {
  /** A process with a watcher that writes what it got into `out`; `then` says what happens next. */
  const startWatched = (folder: string, then: string) => {
    fs.writeFileSync(
      path.join(folder, 'act.mjs'),
      `import fs from 'node:fs';
       fs.writeFileSync(process.argv[2] + '.draft', JSON.stringify({ args: process.argv.slice(3), env: Object.keys(process.env), pid: process.pid, cwd: process.cwd() }));
       fs.renameSync(process.argv[2] + '.draft', process.argv[2]);`,
    );
    return startScript(
      `const { spawnWatcher } = await src('util/platform/spawn-watcher.ts');
       const watcher = await spawnWatcher(${JSON.stringify(path.join(folder, 'act.mjs'))}, [${JSON.stringify(path.join(folder, 'out'))}, 'it is "me"'], { ONLY: '1' });
       console.log(watcher.pid + ' ' + watcher.startTime);
       ${then}`,
      { env: { ...process.env, SECRET: 'x' } },
    );
  };
  const watcherOf = async (child: { line(): Promise<string> }): Promise<ProcessIdentity> => {
    const [pid, startTime] = (await child.line()).split(' ');
    return { pid: Number(pid), startTime: startTime as string };
  };

  test('acts when its process is killed, with its arguments, its own pid and no more environment than it was given', async () => {
    const folder = temporaryFolder();
    const out = path.join(folder, 'out');
    const child = startWatched(folder, 'setInterval(() => {}, 1000);');
    const watcher = await watcherOf(child);
    expect(fs.existsSync(out)).toBe(false);
    process.kill(child.pid, 'SIGKILL');
    await until(() => fs.existsSync(out));
    const { env, ...rest } = JSON.parse(fs.readFileSync(out, 'utf8'));
    expect(rest).toEqual({ args: ['it is "me"'], pid: watcher.pid, cwd: '/' });
    expect(env).toContain('ONLY');
    expect(env).not.toContain('SECRET');
    await until(() => !isProcessAlive(watcher));
  });

  test('acts when its process just ends, which it does not keep from ending', async () => {
    const folder = temporaryFolder();
    const child = startWatched(folder, '');
    await child.ended;
    await until(() => fs.existsSync(path.join(folder, 'out')));
  });

  test('that is dismissed ends without acting, and its process hears of that', async () => {
    const folder = temporaryFolder();
    const child = startWatched(folder, 'watcher.dismiss(); await watcher.ended; console.log("ended");');
    const watcher = await watcherOf(child);
    expect(await child.line()).toBe('ended');
    expect(isProcessAlive(watcher)).toBe(false);
    expect(await child.ended).toEqual({ exitCode: 0, signal: null });
    expect(fs.existsSync(path.join(folder, 'out'))).toBe(false);
  });

  test('that is killed is noticed by its process', async () => {
    const folder = temporaryFolder();
    const child = startWatched(
      folder,
      'const alive = setInterval(() => {}, 1000); await watcher.ended; clearInterval(alive); console.log("noticed");',
    );
    process.kill((await watcherOf(child)).pid, 'SIGKILL');
    expect(await child.line()).toBe('noticed');
  });
});
