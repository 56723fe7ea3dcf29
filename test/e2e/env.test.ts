import { expect, test } from 'vitest';
import { seatrial, startSeatrial } from './cli.ts';
import { leftoversAfter, WATCHDOG_MS } from './leftovers.ts';
import { CACHE, makeWorkspace } from './workspace.ts';

const envOf = (stdout: string): Record<string, string> => JSON.parse(stdout).env;

test('env starts the services once, and tells where they are and how to lease', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });
  const first = await seatrial(workspace, ['env', '--json']);
  expect(first).toMatchObject({ code: 0 });
  const env = envOf(first.stdout);
  expect(env).toMatchObject({ REDIS_URL: expect.stringMatching(/^redis:/), SEATRIAL_ISOLATION: 'worker' });
  expect(env.SEATRIAL_LEASED_NAMES?.split(',')).toContain('REDIS_URL');
  const again = envOf((await seatrial(workspace, ['env', '--isolation', 'rewind', '--json'])).stdout);
  expect(again).toEqual({ ...env, SEATRIAL_ISOLATION: 'rewind' });
  const exported = await seatrial(workspace, ['env']);
  expect(exported.stdout).toContain(`export REDIS_URL=${env.REDIS_URL}\n`);
  expect((await seatrial(workspace, ['services', 'status'])).stdout).toContain('ends when unused for 10 min');
  await seatrial(workspace, ['services', 'stop']);
  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
});

test('env --hold has services of its own, which end with its standard input', async () => {
  const workspace = makeWorkspace();
  const holder = startSeatrial(workspace, ['env', '--hold', '--service', 'redis', '--json']);
  const [line] = await holder.untilStdout(/^\{.*\}$/m);
  expect(envOf(line)).toMatchObject({ REDIS_URL: expect.stringMatching(/^redis:/) });
  holder.closeStdin();
  expect(await holder.ended).toMatchObject({ code: 0 });
  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
});

test('env --hold leaves nothing when it is killed, and says how it was stopped by a signal', async () => {
  const workspace = makeWorkspace();
  const killed = startSeatrial(workspace, ['env', '--hold', '--service', 'redis']);
  await killed.untilStdout(/REDIS_URL/);
  killed.kill('SIGKILL');
  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
  const stopped = startSeatrial(workspace, ['env', '--hold', '--service', 'redis']);
  await stopped.untilStdout(/REDIS_URL/);
  stopped.kill('SIGTERM');
  expect(await stopped.ended).toMatchObject({ code: 0 });
  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
});

test('env in a project that needs nothing says so', async () => {
  const workspace = makeWorkspace();
  expect(await seatrial(workspace, ['env'])).toMatchObject({ code: 1, stderr: expect.stringContaining('no service is needed') });
});
