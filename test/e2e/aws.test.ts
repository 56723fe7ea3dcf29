import path from 'node:path';
import { expect, test } from 'vitest';
import { ensureVenv } from '../../scripts/dev/python.mjs';
import { pickPort } from '../../src/util/platform/ports.ts';
import { seatrial, startSeatrial } from './cli.ts';
import { findProcesses, leftoversAfter, WATCHDOG_MS } from './leftovers.ts';
import { makeWorkspace } from './workspace.ts';

const PROGRAMS = path.join(import.meta.dirname, 'programs', 'aws');
const WITH_BUCKET = 'services:\n  aws: { use: aws, buckets: [uploads] }\n';

test('S6: The AWS SDK for JavaScript makes, fills, reads and deletes buckets and queues, with a dead-letter queue', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': WITH_BUCKET });

  const run = await seatrial(workspace, ['run', '--', 'node', path.join(PROGRAMS, 'scenario.mjs')]);

  expect(run.stdout, run.stderr).toContain('S6 holds');
  expect(run.stderr).toMatch(/aws AWS emulator \(fauxqs [\d.]+\), embedded, ready in/);
  expect(await leftoversAfter(workspace)).toEqual([]);
});

test('S6 on boto3, which is told of calls that are not emulated', { timeout: 120_000 }, async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': WITH_BUCKET });
  const python = path.join(ensureVenv(PROGRAMS, [path.join(PROGRAMS, 'requirements.txt')]), 'python');

  const run = await seatrial(workspace, ['run', '--', python, path.join(PROGRAMS, 'scenario.py')]);

  expect(run.stdout, run.stderr).toContain('S6 holds');
});

test('Each test of a worker begins with the buckets and queues of the configuration, empty', async () => {
  const each = (name: string) => `test('${name}', async () => {
    assert.equal((await fetch(at)).status, 404);
    assert.equal((await fetch(at, { method: 'PUT', body: '${name}' })).status, 200);
    assert.equal(await (await fetch(at)).text(), '${name}');
  });`;
  const workspace = makeWorkspace({
    'seatrial.yaml': WITH_BUCKET,
    'uploads.test.mjs': `import assert from 'node:assert/strict';\nimport test from 'node:test';
      const at = process.env.AWS_ENDPOINT_URL_S3 + '/uploads/a.txt';\n${['one', 'two', 'three'].map(each).join('\n')}`,
  });

  const run = await seatrial(workspace, ['run', '--isolation', 'rewind', '--', 'node', '--test', '--test-reporter=tap']);

  expect(run.code, run.stdout + run.stderr).toBe(0);
  expect(run.stdout).toContain('# pass 3');
});

test('Suites with a port written into them find the emulator there, by the name localhost', async () => {
  const port = await pickPort();
  const script = `const answer = await fetch('http://localhost:${port}/uploads'); console.log(answer.status, process.env.AWS_ENDPOINT_URL);`;
  const workspace = makeWorkspace({ 'seatrial.yaml': `${WITH_BUCKET}ports: { aws: ${port} }\n`, 'ask.mjs': script });

  const run = await seatrial(workspace, ['run', '--', 'node', 'ask.mjs']);

  expect(run.stdout, run.stderr).toBe(`200 http://127.0.0.1:${port}\n`);
});

test('A compose file with LocalStack gets the emulator, and is told what that can not do', async () => {
  const workspace = makeWorkspace({
    'docker-compose.test.yml': `services:
  cloud:
    image: localstack/localstack:3
    environment: { SERVICES: "s3,sqs,lambda", AWS_DEFAULT_REGION: eu-west-1 }
    volumes: ["./init:/etc/localstack/init/ready.d"]
`,
  });

  const plan = await seatrial(workspace, ['plan']);
  const run = await seatrial(workspace, [
    'run',
    '--',
    'sh',
    '-c',
    'echo $AWS_REGION $AWS_ENDPOINT_URL_SQS $AWS_ENDPOINT_URL_SNS',
  ]);

  expect(plan.stdout).toContain('cloud');
  expect(plan.stdout).toContain('lambda cannot be emulated: calls to them fail with 501');
  expect(plan.stdout).toContain('the scripts at /etc/localstack/init/ready.d are not run');
  expect(plan.stdout).toContain('an emulator, not AWS');
  expect(run.stdout, run.stderr).toMatch(/^eu-west-1 http:\/\/127\.0\.0\.1:\d+\n$/);
});

test('Nothing is left when a run is killed that uses the emulator', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': WITH_BUCKET });
  const run = startSeatrial(workspace, ['run', '--', 'sh', '-c', 'echo up; sleep 971']);
  await run.untilStdout(/up/);
  expect(findProcesses(workspace.top).some(({ text }) => text.includes('aws/server/main'))).toBe(true);

  run.kill('SIGKILL');
  await run.ended;

  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
});

test('After a restart, workers find their accounts where they were, with what the configuration names', async () => {
  const workspace = makeWorkspace({
    'seatrial.yaml': WITH_BUCKET,
    'work.mjs': `const at = process.env.AWS_ENDPOINT_URL_S3 + '/uploads';
      await fetch(at + '/a.txt', { method: 'PUT', body: 'x' });
      console.log('written');
      process.stdin.once('data', async () => {
        console.log((await fetch(at)).status, (await fetch(at + '/a.txt')).status);
        process.exit();
      });`,
  });
  expect((await seatrial(workspace, ['services', 'start'])).code).toBe(0);
  const work = startSeatrial(workspace, ['run', '--isolation', 'worker', '--', 'node', 'work.mjs']);
  await work.untilStdout(/written/);

  const restarted = await seatrial(workspace, ['services', 'restart', 'aws']);
  work.write('\n');

  expect((await work.ended).stdout, restarted.stderr).toMatch(/200 404\n$/);
  expect((await seatrial(workspace, ['services', 'stop'])).code).toBe(0);
  expect(await leftoversAfter(workspace)).toEqual([]);
});
