import { beforeEach, describe, expect, test } from 'vitest';
import { nativeDriver } from '../../src/drivers/native/index.ts';
import { rabbitmq } from '../../src/services/rabbitmq/index.ts';
import { findSpec, toRequest } from '../helpers/launch-service.ts';
import { startSeatrial } from './cli.ts';
import { findProcesses, leftoversAfter, WATCHDOG_MS } from './leftovers.ts';
import { makeWorkspace } from './workspace.ts';

const found = await findSpec(nativeDriver, rabbitmq.configure(toRequest()));
describe('RabbitMQ', () => {
  beforeEach(({ skip }) => {
    if ('why' in found) skip(found.why);
  });

  test('A project that names pika gets a broker; nothing is left when Seatrial is killed, no epmd either', async () => {
    const workspace = makeWorkspace({ 'pyproject.toml': '[project]\nname = "shop"\ndependencies = ["pika>=1.3"]\n' });
    const run = startSeatrial(workspace, ['run', '--', 'sh', '-c', 'echo "$RABBITMQ_URL"; cat']);
    await run.untilStdout(/amqp:\/\/testuser:testpass@127\.0\.0\.1:\d+\/shop_test/);
    const names = findProcesses(workspace.top, workspace.sids).map(({ text }) => text);
    expect(names.some((text) => text.includes('beam.smp'))).toBe(true);
    expect(names.filter((text) => text.includes('epmd -daemon'))).toEqual([]);

    run.kill('SIGKILL');
    await run.ended;

    expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
  }, 120_000);
});
