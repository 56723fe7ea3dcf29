import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startWatchdog } from '../../src/session/watchdog.ts';
import { startScript } from '../helpers/child.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { until } from '../helpers/until.ts';

/** A program for the watchdog, which writes its environment to the file that it gets as the session's id. */
function makeProgram(folder: string): string {
  const program = path.join(folder, 'program.mjs');
  fs.writeFileSync(
    program,
    `import fs from 'node:fs';
     fs.writeFileSync(process.argv[2] + '.draft', JSON.stringify(process.env));
     fs.renameSync(process.argv[2] + '.draft', process.argv[2]);`,
  );
  return program;
}

test('a watchdog that is killed is replaced, but not for ever: that is told once, and its dismissal is no error', async () => {
  const folder = temporaryFolder();
  const out = path.join(folder, 'out');
  const reasons: string[] = [];
  const watchdog = await startWatchdog(makeProgram(folder), out, { onLost: (why) => reasons.push(why) });
  onTestFinished(() => watchdog.dismiss());
  const pids = new Set<number>();
  while (reasons.length === 0 && pids.size < 20) {
    const pid = watchdog.pid();
    pids.add(pid);
    process.kill(pid, 'SIGKILL');
    await until(() => watchdog.pid() !== pid || reasons.length > 0);
  }
  expect([pids.size, reasons]).toEqual([6, ['it was ended 6 times within 10 s']]);
  await watchdog.dismiss();
  expect(fs.existsSync(out)).toBe(false);
});

test('the watchdog looks into the folders of its session, however they were named, and gets nothing else of the environment', async () => {
  const folder = fs.realpathSync(temporaryFolder());
  const out = path.join(folder, 'out');
  const child = startScript(
    `const { startWatchdog } = await src('session/watchdog.ts');
     await startWatchdog(${JSON.stringify(makeProgram(folder))}, ${JSON.stringify(out)}, { onLost: console.error });
     console.log('up');
     setInterval(() => {}, 1000);`,
    {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: '/home/me',
        LD_LIBRARY_PATH: '/opt/lib',
        XDG_RUNTIME_DIR: folder,
        SEATRIAL_CACHE_DIR: 'cache',
        SEATRIAL_RUNTIME_DIR: 'run',
        SEATRIAL_DATA_DIR: 'data',
        TMPDIR: 'tmp',
        AWS_SECRET_ACCESS_KEY: 'secret',
      },
    },
  );
  expect(await child.line()).toBe('up');
  child.process.kill('SIGKILL');
  await until(() => fs.existsSync(out));
  const { PWD: _, OLDPWD: __, SHLVL: ___, ...env } = JSON.parse(fs.readFileSync(out, 'utf8'));
  expect({ ...env, _: undefined }).toEqual({
    PATH: process.env.PATH,
    HOME: '/home/me',
    LD_LIBRARY_PATH: '/opt/lib',
    SEATRIAL_CACHE_DIR: path.join(folder, 'cache'),
    SEATRIAL_RUNTIME_DIR: path.join(folder, 'run'),
    SEATRIAL_DATA_DIR: path.join(folder, 'data'),
    TMPDIR: path.join(folder, 'tmp'),
  });
});
