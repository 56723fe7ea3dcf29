import { expect, test } from 'vitest';
import { startChild, startScript } from '../../helpers/child.ts';

/** A process in a group of its own which tells for each signal whether the group got it. */
async function startAsker() {
  const asker = startScript(
    `const { startCanary } = await src('util/platform/canary.ts');
     const canary = startCanary();
     for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'])
       process.on(signal, async () => console.log(signal + ' ' + (await canary.groupGotIt())));
     process.stdin.on('end', () => { canary[Symbol.dispose](); process.exit(0); }).resume();
     console.log('ready');`,
    { detached: true },
  );
  expect(await asker.line()).toBe('ready');
  return asker;
}

test('a signal to the group is told from one to the process alone, 50 times in a row on a busy machine', async () => {
  for (let i = 0; i < 2; i++) startChild('/bin/sh', ['-c', 'while :; do :; done']);
  const asker = await startAsker();
  for (let i = 0; i < 50; i++) {
    const signal = (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const)[i % 4] as NodeJS.Signals;
    const toGroup = i % 3 !== 0;
    process.kill(toGroup ? -asker.pid : asker.pid, signal);
    expect([i, await asker.line()]).toEqual([i, `${signal} ${toGroup}`]);
  }
});

test('a canary ends with its process, and when it is disposed', async () => {
  const asker = await startAsker();
  asker.process.stdin?.end();
  expect(await asker.ended).toEqual({ exitCode: 0, signal: null });
});
