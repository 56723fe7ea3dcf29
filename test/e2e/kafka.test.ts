import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { createFetcher } from '../../src/artifacts/fetcher.ts';
import { createEmbeddedDriver } from '../../src/drivers/embedded/index.ts';
import { kafka } from '../../src/services/kafka/index.ts';
import { findSpec, toRequest } from '../helpers/launch-service.ts';
import { seatrial, startSeatrial } from './cli.ts';
import { findProcesses, leftoversAfter, WATCHDOG_MS } from './leftovers.ts';
import { makeWorkspace } from './workspace.ts';

const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const KAFKAJS = fileURLToPath(new URL('../../node_modules/kafkajs/index.js', import.meta.url));
const CONFIG = { 'seatrial.yaml': 'services:\n  kafka: { use: kafka, topics: { orders: 1 } }\n' };

const found = await findSpec(createEmbeddedDriver(createFetcher({})), kafka.configure(toRequest()));
describe('Kafka', () => {
  beforeEach(({ skip }) => {
    if ('why' in found) skip(found.why);
  });

  test('Each worker has a broker of its own, and each test the topics as they were', async () => {
    const workspace = makeWorkspace({
      ...CONFIG,
      'package.json': '{"name":"shop","type":"module"}',
      'a.test.js': SAME_NAMES,
      'b.test.js': SAME_NAMES,
      'vitest.config.js': 'export default { test: { testTimeout: 120_000 } };',
    });

    const command = ['run', '--isolation', 'rewind', '--', 'node', VITEST, 'run', '--maxWorkers', '2'];
    const { code, stdout, stderr } = await seatrial(workspace, command);

    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/Tests .*4 passed/);
    expect(await leftoversAfter(workspace)).toEqual([]);
  });

  test('Nothing is left when Seatrial is killed: not the broker, nor those of leases, nor their files', async () => {
    const workspace = makeWorkspace(CONFIG);
    const run = startSeatrial(workspace, ['run', '--isolation', 'worker', '--', 'node', '-e', LEASE_AND_WAIT]);
    await run.untilStdout(/leased/);
    expect(findProcesses(workspace.top).filter(({ text }) => text.includes('kafka.Kafka')).length).toBeGreaterThanOrEqual(2);

    run.kill('SIGKILL');
    await run.ended;

    expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
  });
});

/** One topic and one group for all, as an app has them. */
const SAME_NAMES = `
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
const { Kafka, logLevel } = createRequire(import.meta.url)(${JSON.stringify(KAFKAJS)});
test.each([1, 2])('gets its own message only: %i', async (number) => {
  const app = new Kafka({ brokers: [process.env.KAFKA_BOOTSTRAP_SERVERS], logLevel: logLevel.NOTHING });
  const value = process.env.KAFKA_BOOTSTRAP_SERVERS + ' ' + number;
  const producer = app.producer();
  await producer.connect();
  await producer.send({ topic: 'orders', messages: [{ value }] });
  await producer.disconnect();
  const consumer = app.consumer({ groupId: 'billing' });
  await consumer.connect();
  await consumer.subscribe({ topic: 'orders', fromBeginning: true });
  const first = await new Promise((resolve) => consumer.run({ eachMessage: async ({ message }) => resolve(String(message.value)) }));
  await consumer.disconnect();
  expect(first).toBe(value);
});
`;

const LEASE_AND_WAIT = `
const { SEATRIAL_CONTROL_URL: url, SEATRIAL_CONTROL_TOKEN: token } = process.env;
const headers = { authorization: 'Bearer ' + token, 'seatrial-api-version': '1', 'content-type': 'application/json' };
const body = JSON.stringify({ runner: 'test', mainPid: process.pid, slot: '1' });
const answer = await fetch(url + '/v1/leases', { method: 'POST', headers, body });
console.log(answer.ok ? 'leased' : await answer.text());
setInterval(() => {}, 1000);
`;
