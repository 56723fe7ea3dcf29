import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { SEATRIAL, startProgram } from './cli.ts';
import { CACHE, makeWorkspace } from './workspace.ts';

const modeOf = (at: string) => (fs.statSync(at).mode & 0o777).toString(8);

test('Services under another uid get through a cache folder whose first writer has a strict umask', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });
  const parent = path.join(workspace.top, 'new');
  const cache = path.join(parent, 'cache');

  const plan = startProgram(workspace, ['sh', '-c', `umask 077; exec ${SEATRIAL.join(' ')} plan`], {
    input: '',
    env: { SEATRIAL_CACHE_DIR: cache },
  });
  const { code } = await plan.ended;

  expect(code).toBe(0);
  expect([parent, cache].map(modeOf)).toEqual(['755', '755']);
  expect(modeOf(path.join(cache, 'config'))).toBe('700');
});

test('Services under another uid get through a runtime folder in which a lock was the first thing, with a strict umask', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': `${CACHE}envFiles: [.env.test]\n` });

  const run = startProgram(workspace, ['sh', '-c', `umask 077; exec ${SEATRIAL.join(' ')} run -- grep REDIS_URL .env.test`], {
    input: '',
  });
  const start = await run.ended;
  const ofRun = modeOf(workspace.runtime);
  fs.rmSync(workspace.runtime, { recursive: true });
  const services = startProgram(workspace, ['sh', '-c', `umask 077; exec ${SEATRIAL.join(' ')} services start`], { input: '' });

  expect(start.code, start.stderr).toBe(0);
  expect((await services.ended).code).toBe(0);
  const traversable = process.getuid?.() === 0 ? '711' : '700';
  expect([ofRun, modeOf(workspace.runtime)]).toEqual([traversable, traversable]);
});
