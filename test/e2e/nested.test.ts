import { expect, test } from 'vitest';
import { SEATRIAL, seatrial, startProgram } from './cli.ts';
import { findLeftovers } from './leftovers.ts';
import { CACHE, DB_AND_CACHE, makeWorkspace } from './workspace.ts';

const INNER = SEATRIAL.join(' ');

test('A run inside a run joins it: the same addresses, nothing started twice, the inner exit code kept', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': DB_AND_CACHE });

  const script = `printenv DATABASE_URL REDIS_URL; ${INNER} run -- sh -c 'printenv DATABASE_URL REDIS_URL SHOP_TEST_RUN_ID; exit 5'; echo $?; printenv SHOP_TEST_RUN_ID`;
  const { code, stdout, stderr } = await seatrial(workspace, ['run', '--', 'sh', '-c', script]);

  const [url, redis, innerUrl, innerRedis, innerId, innerCode, runId] = stdout.split('\n');
  expect([innerUrl, innerRedis, innerId]).toEqual([url, redis, runId]);
  expect(innerCode).toBe('5');
  expect(stderr.match(/ready in/g)).toHaveLength(2);
  expect(stderr).toMatch(/inside run \w+: using its db, cache/);
  expect(code).toBe(0);
  expect(findLeftovers(workspace)).toEqual([]);
});

test('An inner run starts only what the outer one lacks', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });

  const script = `printenv REDIS_URL; ${INNER} run --service cache=redis --service jobs=redis -- printenv REDIS_URL JOBS_URL`;
  const { stdout } = await seatrial(workspace, ['run', '--', 'sh', '-c', script]);

  const [outer, inner, jobs] = stdout.split('\n');
  expect(inner).toBe(outer);
  expect(jobs).toMatch(/^redis:/);
  expect(jobs).not.toBe(outer);
});

test('Variables left over from a run that has ended do no harm', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });
  const { stdout: lines } = await seatrial(workspace, ['run', '--', 'sh', '-c', 'export -p']);

  const script = `${lines}\nprintenv REDIS_PORT; ${INNER} run -- printenv REDIS_PORT`;
  const { code, stdout } = await startProgram(workspace, ['sh', '-c', script], { input: '' }).ended;

  const [before, now] = stdout.split('\n');
  expect(now).toMatch(/^\d+$/);
  expect(now).not.toBe(before);
  expect(code).toBe(0);
});

test('A run inside a run leaves the files of the outer one as they are', async () => {
  const workspace = makeWorkspace({
    'seatrial.json': JSON.stringify({
      services: { cache: 'redis' },
      envFiles: ['.env.test', { path: 'test.json', format: 'json', values: { url: '${cache.url}' } }],
    }),
  });

  const show = 'grep ^REDIS_URL= .env.test; cat test.json';
  const { code, stdout } = await seatrial(workspace, [
    'run',
    '--',
    'sh',
    '-c',
    `${show}; ${INNER} run -- sh -c '${show}'; ${show}`,
  ]);

  const lines = stdout
    .trim()
    .split(/(?=REDIS_URL)/)
    .map((text) => text.trim());
  expect(lines).toHaveLength(3);
  expect(new Set(lines).size).toBe(1);
  expect(code).toBe(0);
});
