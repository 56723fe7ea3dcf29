import { describe, expect, it } from 'vitest';
import type { Message } from '../../../src/core/inspect.ts';
import { leasePerTest } from '../../helpers/rabbitmq-lease.ts';
import { queueOf, takeAll } from '../../helpers/rabbitmq-subject.ts';
import { until } from '../../helpers/until.ts';

const current = leasePerTest();
const texts = (messages: readonly Message[]) => messages.map(({ body }) => Buffer.from(body).toString());

it('sees what came to exchanges and queues, also what nobody took or somebody has taken, and takes nothing itself', async () => {
  const { app, inspector } = current.lease;
  await app.channel.assertExchange('orders', 'topic');
  await app.channel.assertQueue('placed');
  await app.channel.bindQueue('placed', 'orders', 'order.*');
  await app.publish('orders', 'order.new', 'one', { tenant: 'a', tries: 3, nested: { of: [1, 'two'] } });
  await app.publish('orders', 'invoice.new', 'to nobody');
  await app.publish('', 'placed', 'direct');
  expect(texts(await inspector.messages('placed'))).toEqual(['one', 'direct']);
  expect(texts(await inspector.messages('orders'))).toEqual(['one', 'to nobody']);
  const message = await app.channel.get('placed');
  if (!message) throw new Error('the message is gone');
  expect(message.fields.redelivered).toBe(false);
  app.channel.ack(message);
  expect(await takeAll(app, 'placed')).toEqual(['direct']);
  const [first] = await inspector.messages('placed');
  expect(first).toMatchObject({
    source: 'placed',
    key: 'order.new',
    headers: { tenant: 'a', tries: '3', nested: '{"of":[1,"two"]}' },
    at: expect.stringMatching(/^\d{4}-.*Z$/),
    details: { exchange: 'orders', headers: { tenant: 'a', tries: 3, nested: { of: [1, 'two'] } } },
  });
  expect(await queueOf(app, 'placed')).toEqual({ messages: 0, consumers: 0 });
});

describe.for([
  ['classic', {}],
  ['quorum', { 'x-queue-type': 'quorum' }],
] as const)('a %s queue', ([, type]) => {
  it('shows dead letters with where they died, and redeliveries only once', async () => {
    const { app, inspector } = current.lease;
    await app.channel.assertQueue('dead');
    const args = { ...type, 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'dead' };
    await app.channel.assertQueue('work', { arguments: args });
    await app.publish('', 'work', 'bad');
    const take = async () => {
      let message = await app.channel.get('work');
      await until(async () => {
        message ||= await app.channel.get('work');
        return message !== false;
      });
      if (!message) throw new Error('nothing came');
      return message;
    };
    app.channel.nack(await take(), false, true);
    const again = await take();
    expect(again.fields.redelivered).toBe(true);
    app.channel.nack(again, false, false);
    const signal = AbortSignal.timeout(20_000);
    let found = await inspector.messages('dead');
    while (found.length === 0 && !signal.aborted) {
      await inspector.changed('dead', signal);
      found = await inspector.messages('dead');
    }
    expect(texts(found)).toEqual(['bad']);
    const [death] = JSON.parse(found[0]?.headers['x-death'] ?? '[]');
    expect(death).toMatchObject({ queue: 'work', reason: 'rejected', count: 1 });
    expect(texts(await inspector.messages('work'))).toEqual(['bad']);
  });
});

it('wakes when something comes, and when it is told to give up', async () => {
  const { app, inspector } = current.lease;
  await app.channel.assertQueue('later');
  expect(await inspector.messages('later')).toEqual([]);
  const waiting = inspector.changed('later', AbortSignal.timeout(20_000));
  await app.publish('', 'later', 'x');
  await waiting;
  await inspector.changed('later', AbortSignal.timeout(20_000)); // came since it was asked last
  expect(texts(await inspector.messages('later'))).toEqual(['x']);
  const told = new AbortController();
  const given = inspector.changed('later', told.signal);
  told.abort();
  await given;
});

it('publishes to queues and exchanges, as another program would', async () => {
  const { app, inspector } = current.lease;
  await app.channel.assertExchange('both', 'direct');
  await app.channel.assertQueue('both');
  await app.channel.assertQueue('bound');
  await app.channel.bindQueue('bound', 'both', 'k');
  await inspector.publish?.('both', { body: Buffer.from([0, 255]), headers: { from: 'test' } });
  await inspector.publish?.('exchange:both', { body: Buffer.from('two'), key: 'k' });
  const message = await app.channel.get('both', { noAck: true });
  if (!message) throw new Error('nothing came');
  expect([...message.content]).toEqual([0, 255]);
  expect(message.properties.headers).toEqual({ from: 'test' });
  expect(await takeAll(app, 'bound')).toEqual(['two']);
  expect(texts(await inspector.messages('exchange:both'))).toEqual(['two']);
  expect(await inspector.sources()).toEqual(
    expect.arrayContaining([
      { name: 'both', kind: 'queue' },
      { name: 'both', kind: 'exchange' },
    ]),
  );
  await expect(inspector.publish?.('exchange:none', { body: Buffer.from('x') })).rejects.toThrow(/no exchange/);
});

it('forgets when the state is taken back, and sees nothing of other leases', async () => {
  const { app, keeper, inspector } = current.lease;
  await app.channel.assertQueue('orders');
  await keeper.enter('test', 'keep');
  await app.publish('', 'orders', 'x');
  expect(await takeAll(app, 'orders')).toEqual(['x']);
  expect(texts(await inspector.messages('orders'))).toEqual(['x']);
  await keeper.leave('test');
  expect(await inspector.messages('orders')).toEqual([]);
});
