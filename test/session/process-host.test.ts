import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openLedger, readLedger } from '../../src/session/ledger.ts';
import { startOwned } from '../../src/session/process-host.ts';
import { identityOf, isProcessAlive } from '../../src/util/platform/process-identity.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

test('without a watchdog no service starts: what waited for it at the gate is ended', async () => {
  const folder = temporaryFolder();
  const ledger = openLedger(folder);
  onTestFinished(() => ledger.close());
  let refuse = (_: Error) => {};
  const watched = new Promise((_, reject) => {
    refuse = reject;
  });
  watched.catch(() => {});
  const starting = startOwned(
    {
      name: 'db',
      file: '/bin/sleep',
      args: ['60'],
      env: {},
      cwd: folder,
      user: undefined,
      logFile: path.join(folder, 'log'),
      crashSignal: 'SIGKILL',
    },
    { id: 'm0000000aaaaaaaa', ledger, watched },
  );
  await expect.poll(() => readLedger(folder).size).toBe(1);
  const [thing] = readLedger(folder).values();
  const identity = thing?.kind === 'process' ? identityOf(thing.pid) : undefined;
  refuse(new Error('no watchdog'));
  await expect(starting).rejects.toThrow('no watchdog');
  expect([identity !== undefined && isProcessAlive(identity), readLedger(folder).size]).toEqual([false, 0]);
});
