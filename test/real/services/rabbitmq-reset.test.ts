import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { leasePerTest } from '../../helpers/rabbitmq-lease.ts';
import { openAmqp, queueOf, takeAll } from '../../helpers/rabbitmq-subject.ts';
import { until } from '../../helpers/until.ts';

const current = leasePerTest([fileURLToPath(new URL('../../fixtures/rabbitmq-definitions.json', import.meta.url))]);

it('begins with what definitions have made, and goes back to it: queues, exchanges, bindings, policies', async () => {
  const { app, keeper } = current.lease;
  await app.publish('seeded', 'order.new', 'one');
  expect(await takeAll(app, 'seeded-orders')).toEqual(['one']);
  await keeper.enter('test', 'keep');
  await app.channel.deleteExchange('seeded');
  await app.channel.deleteQueue('seeded-orders');
  await app.channel.assertQueue('mine');
  await app.channel.assertExchange('mine', 'fanout');
  await app.channel.bindQueue('mine', 'mine', '');
  const { changed } = await keeper.leave('test');
  expect(changed).toBeGreaterThanOrEqual(6);
  expect(await queueOf(app, 'mine')).toBeUndefined();
  await app.publish('seeded', 'order.new', 'two');
  await app.publish('seeded', 'invoice.new', 'other');
  expect(await takeAll(app, 'seeded-orders')).toEqual(['two']);
  const rejected = async () => {
    await app.publish('seeded', 'order.new', 'bad');
    const message = await app.channel.get('seeded-orders');
    if (message) app.channel.nack(message, false, false);
    await until(async () => (await queueOf(app, 'seeded-dead'))?.messages === 1);
  };
  await rejected(); // the policy still says where rejected ones go
  expect(await keeper.leave('run')).toMatchObject({ how: 'restore' });
  expect(await keeper.leave('run')).toMatchObject({ how: 'none', changed: 0 });
});

it('puts messages back that a wider scope has left, in order, with their properties', async () => {
  const { app, keeper } = current.lease;
  await app.channel.assertQueue('tasks', { maxPriority: 2 });
  for (const [priority, text] of [
    [0, 'low'],
    [2, 'high'],
    [0, 'low too'],
  ] as const)
    app.channel.sendToQueue('tasks', Buffer.from(text), { priority, messageId: text, headers: { nested: { of: [1, 'two'] } } });
  await app.channel.waitForConfirms();
  await keeper.enter('test', 'keep');
  expect(await takeAll(app, 'tasks')).toEqual(['high', 'low', 'low too']);
  await app.publish('', 'tasks', 'of the test');
  expect(await keeper.diff?.()).toEqual([
    {
      table: 'messages',
      op: 'update',
      before: { name: 'messages of queue tasks' },
      after: { name: 'messages of queue tasks' },
    },
  ]);
  await keeper.leave('test');
  const first = await app.channel.get('tasks', { noAck: true });
  if (!first) throw new Error('the queue is empty');
  expect(first.content.toString()).toBe('high');
  expect(first.fields.redelivered).toBe(false);
  expect(first.properties).toMatchObject({ messageId: 'high', priority: 2, headers: { nested: { of: [1, 'two'] } } });
  expect(await takeAll(app, 'tasks')).toEqual(['low', 'low too']);
});

it('keeps the consumers of an app that lives on, also of queues that it declared in the middle of a test', async () => {
  const { app, keeper } = current.lease;
  const seen: string[] = [];
  const consume = (queue: string) =>
    app.channel.consume(queue, (message) => void (message && seen.push(message.content.toString())), { noAck: true });
  await app.channel.assertQueue('early');
  await consume('early');
  await keeper.enter('test', 'keep');
  await app.channel.assertExchange('lazy', 'topic');
  await app.channel.assertQueue('late');
  await app.channel.bindQueue('late', 'lazy', '#');
  await consume('late');
  const { queue: replies } = await app.channel.assertQueue('', { exclusive: true });
  await keeper.leave('test');
  expect(await keeper.enter('test', 'undo')).toBeUndefined();
  await app.publish('', 'early', 'to early');
  await app.publish('lazy', 'any', 'to late');
  await until(() => seen.length === 2);
  expect(seen.sort()).toEqual(['to early', 'to late']);
  expect(await queueOf(app, replies)).toEqual({ messages: 0, consumers: 0 });
});

it('reports what comes after a test has ended, and keeps what hooks of the file make', async () => {
  const { app, keeper } = current.lease;
  await keeper.enter('test', 'keep');
  await keeper.leave('test');
  await app.channel.assertQueue('late');
  await app.publish('', 'late', 'x');
  const report = await keeper.enter('test', 'undo');
  expect(report?.leaks[0]?.text).toContain('queue "queue late"');
  expect(await queueOf(app, 'late')).toBeUndefined();
  await keeper.leave('test');
  await app.channel.assertQueue('of the file');
  await keeper.enter('test', 'keep');
  await app.publish('', 'of the file', 'x');
  await keeper.leave('test');
  expect(await queueOf(app, 'of the file')).toEqual({ messages: 0, consumers: 0 });
  await keeper.leave('file');
  expect(await queueOf(app, 'of the file')).toBeUndefined();
});

it('purges quorum queues', async () => {
  const { app, keeper } = current.lease;
  await app.channel.assertQueue('quorum', { arguments: { 'x-queue-type': 'quorum' } });
  await keeper.enter('test', 'keep');
  await app.publish('', 'quorum', 'x');
  await until(async () => (await queueOf(app, 'quorum'))?.messages === 1);
  await keeper.leave('test');
  await until(async () => (await queueOf(app, 'quorum'))?.messages === 0);
});

it('is as new for the next holder when nobody is connected any more', async () => {
  const { app, keeper } = current.lease;
  await keeper.enter('test', 'keep');
  await app.channel.assertQueue('mine');
  expect(await keeper.renew?.()).toBe(false);
  expect(await queueOf(app, 'mine')).toBeUndefined();
  await app.connection.close();
  await until(async () => (await keeper.renew?.()) === true);
  const again = await openAmqp(app.fields);
  Object.assign(current.lease, { app: again });
  expect(await queueOf(again, 'seeded-orders')).toEqual({ messages: 0, consumers: 0 });
});
