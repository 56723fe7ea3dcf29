import path from 'node:path';
import { expect, test } from 'vitest';
import { startSeatrial } from './cli.ts';
import { leftoversAfter, WATCHDOG_MS } from './leftovers.ts';
import { CACHE, makeWorkspace } from './workspace.ts';

const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

test.for(['SIGINT', 'SIGTERM'] as const)(
  '%s while services start ends the start with one line and leaves nothing',
  async (signal) => {
    const workspace = makeWorkspace({
      'seatrial.yaml': 'services:\n  db: { use: postgres@18, migrate: { command: sh hang.sh } }\n',
      'hang.sh': 'echo up > started\nexec sleep 971\n',
    });
    const start = startSeatrial(workspace, ['services', 'start']);
    await expect.poll(() => isThere(() => workspace.read('started')), { timeout: 20_000, interval: 10 }).toBe(true);

    start.kill(signal);
    const { code, stdout, stderr } = await start.ended;

    expect(stderr.split('\n').slice(-2)).toEqual([`seatrial: stopped by ${signal}`, '']);
    expect(stderr).not.toContain('SEATRIAL_');
    expect([code, stdout]).toEqual([CODES[signal], '']);
    expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
  },
);

test.for(['SIGINT', 'SIGTERM'] as const)('%s while a build is fetched ends prefetch with one line', async (signal) => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });
  for (const name of ['npm', 'pip', 'pip3', 'python', 'python3', 'uv'])
    workspace.write(`../tools/${name}`, `#!/bin/sh\necho up > ${workspace.top}/started\nexec sleep 971\n`, 0o755);
  const prefetch = startSeatrial(workspace, ['prefetch'], {
    env: {
      PATH: `${path.join(workspace.top, 'tools')}:${workspace.env.PATH}`,
      SEATRIAL_CACHE_DIR: path.join(workspace.top, 'cache'),
    },
  });
  await expect.poll(() => isThere(() => workspace.read('../started')), { timeout: 20_000, interval: 10 }).toBe(true);

  prefetch.kill(signal);
  const { code, stdout, stderr } = await prefetch.ended;

  expect(stderr).toMatch(new RegExp(`^seatrial: stopped by ${signal}$`, 'm'));
  expect(stderr).not.toContain('SEATRIAL_');
  expect([code, stdout]).toEqual([CODES[signal], '']);
  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
});

function isThere(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}
