import type { Kafka } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFetcher } from '../../../src/artifacts/fetcher.ts';
import type { Inspector } from '../../../src/core/inspect.ts';
import type { StateKeeper } from '../../../src/core/reset.ts';
import type { InstanceLease, Seed } from '../../../src/core/service.ts';
import { createEmbeddedDriver } from '../../../src/drivers/embedded/index.ts';
import { kafka } from '../../../src/services/kafka/index.ts';
import { kafkaOf } from '../../helpers/kafka-subject.ts';
import { type StartedService, startConfigured, toRequest } from '../../helpers/launch-service.ts';

const service = kafka.configure(toRequest({ options: { topics: { orders: 3, seeded: 1, single: 1 } } }));
let started: StartedService;
let app: Kafka;
let inspector: Inspector;

beforeAll(async () => {
  started = await startConfigured(service, createEmbeddedDriver(createFetcher({})), { readyTimeoutMs: 120_000 });
  const fields = service.fields(started.server.endpoint);
  app = kafkaOf(fields);
  inspector = await (service.inspect as NonNullable<typeof service.inspect>).open(fields);
}, 120_000);
afterAll(async () => {
  await inspector?.[Symbol.asyncDispose]();
  await started?.[Symbol.asyncDispose]();
});

const texts = async (topic: string) => (await inspector.messages(topic)).map(({ body }) => Buffer.from(body).toString());

async function send(topic: string, ...values: string[]): Promise<void> {
  const producer = app.producer();
  await producer.connect();
  await producer.send({ topic, messages: values.map((value) => ({ key: 'k', value, headers: { trace: 'a1' } })) });
  await producer.disconnect();
}

/** What a new group gets that reads from the beginning, up to `count` messages. */
async function consume(topic: string, count: number, groupId: string): Promise<readonly string[]> {
  const consumer = app.consumer({ groupId });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const got: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async ({ message }: { message: { value: Buffer | null } }) => {
      got.push(String(message.value));
      if (got.length >= count) resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return got;
}

describe('the inspector', () => {
  it('sees what the app has sent, with keys and headers, and takes nothing from its consumers', async () => {
    await send('orders', 'one', 'two');
    const [first] = await inspector.messages('orders');
    expect(first).toMatchObject({ source: 'orders', key: 'k', headers: { trace: 'a1' }, at: expect.stringMatching(/^\d{4}-/) });
    expect(first?.details).toMatchObject({ partition: expect.any(Number), offset: 0 });
    expect(await texts('orders')).toEqual(['one', 'two']);
    expect(await consume('orders', 2, 'readers')).toEqual(['one', 'two']);
    expect(await texts('orders')).toEqual(['one', 'two']);
    expect(await inspector.sources()).toContainEqual({ name: 'orders', kind: 'topic' });
    expect(await inspector.sources()).not.toContainEqual({ name: '__consumer_offsets', kind: 'topic' });
  });

  it('puts in what consumers of the app get, and finds the partition of a key as other clients do', async () => {
    await inspector.publish?.('orders', { body: Buffer.from('ünï'), key: 'k', headers: { 'x-id': '7' } });
    const messages = await inspector.messages('orders');
    expect(new Set(messages.map(({ details }) => details?.partition)).size).toBe(1);
    expect(messages.at(-1)).toMatchObject({ key: 'k', headers: { 'x-id': '7' } });
    expect(await consume('orders', 3, 'others')).toEqual(['one', 'two', 'ünï']);
    await inspector.publish?.('made', { body: Buffer.from('first') });
    expect(await texts('made')).toEqual(['first']);
  });

  it('wakes when something comes, also on a topic that is not there yet, and when it is told to give up', async () => {
    expect(await texts('later')).toEqual([]);
    for (const topic of ['later', 'single']) {
      const told = new AbortController();
      const changed = inspector.changed(topic, told.signal);
      await send(topic, 'now');
      await changed;
      expect(await texts(topic)).toEqual(['now']);
      const never = inspector.changed(topic, told.signal);
      told.abort();
      await never;
    }
  });

  it.each(['gzip', 'snappy', 'lz4', 'zstd'])('reads records that are compressed by %s', async (codec) => {
    const admin = app.admin();
    await admin.connect();
    const configEntries = [{ name: 'compression.type', value: codec }]; // the broker compresses what comes
    await admin.createTopics({ topics: [{ topic: 'packed', configEntries }] });
    const long = Array.from({ length: 20_000 }, (_, index) => `${index % 7} ${(index * 7919) % 10_007}`).join(',');
    await send('packed', 'x'.repeat(1000), long, 'short');
    expect(await texts('packed')).toEqual(['x'.repeat(1000), long, 'short']);
    await admin.deleteTopics({ topics: ['packed'] }).finally(() => admin.disconnect());
    await expect.poll(() => texts('packed')).toEqual([]);
  });

  it('shows nothing of a transaction that was given up', async () => {
    const producer = app.producer({ transactionalId: 'tx', idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    for (const end of ['abort', 'commit'] as const) {
      const transaction = await producer.transaction();
      await transaction.send({ topic: 'paid', messages: [{ value: end }] });
      await transaction[end]();
    }
    await producer.disconnect();
    expect(await texts('paid')).toEqual(['commit']);
  });
});

describe('the reset', () => {
  let seed: Seed;
  let keeper: StateKeeper;

  beforeAll(async () => {
    const admin = app.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: ['made', 'later', 'paid'] });
    for (const topic of ['orders', 'single'])
      await admin.deleteTopicRecords({
        topic,
        partitions: (await admin.fetchTopicOffsets(topic)).map(({ partition, offset }) => ({ partition, offset })),
      });
    await admin.deleteGroups(['readers', 'others']);
    await admin.disconnect();
    await send('seeded', 's1', 's2');
    const { endpoint } = started.server;
    seed = await (service.lease as Required<InstanceLease>).openSeed(endpoint);
    keeper = await seed.openKeeper(endpoint, 'rewind');
  });
  afterAll(async () => {
    await keeper?.[Symbol.asyncDispose]();
    await seed?.[Symbol.asyncDispose]();
  });

  const topics = async () => (await inspector.sources()).map(({ name }) => name).sort();
  const groups = async () => {
    const admin = app.admin();
    await admin.connect();
    const found = await admin.listGroups().finally(() => admin.disconnect());
    return found.groups.map(({ groupId }) => groupId);
  };

  it('does nothing after a test that has only read', async () => {
    await keeper.enter('test', 'keep');
    expect(await texts('seeded')).toEqual(['s1', 's2']);
    expect(await keeper.leave('test')).toMatchObject({ how: 'none', changed: 0 });
  });

  it('takes back records, topics and groups of a test', async () => {
    await keeper.enter('test', 'undo');
    await send('orders', 'one', 'two');
    await send('new', 'x');
    expect(await consume('orders', 2, 'of-the-test')).toEqual(['one', 'two']);
    expect(await keeper.leave('test')).toMatchObject({ how: 'flush', changed: 3, leaks: [] });
    expect(await texts('orders')).toEqual([]);
    expect(await topics()).toEqual(['orders', 'seeded', 'single']);
    expect(await groups()).toEqual([]);
    await keeper.enter('test', 'undo');
    await send('orders', 'next');
    expect(await consume('orders', 1, 'of-the-test')).toEqual(['next']);
    await keeper.leave('test');
  });

  it('writes again what a topic began with, also one that was deleted', async () => {
    for (const change of ['write', 'delete'] as const) {
      await keeper.enter('test', 'undo');
      if (change === 'write') await send('seeded', 'more');
      else {
        const admin = app.admin();
        await admin.connect();
        await admin.deleteTopics({ topics: ['seeded'] }).finally(() => admin.disconnect());
      }
      expect(await keeper.leave('test')).toMatchObject({ how: 'restore', changed: 1 });
      expect(await texts('seeded')).toEqual(['s1', 's2']);
      const [message] = await inspector.messages('seeded');
      expect(message).toMatchObject({ key: 'k', headers: { trace: 'a1' } });
      expect(await consume('seeded', 2, 'again')).toEqual(['s1', 's2']);
    }
    expect((await keeper.enter('test', 'keep'))?.leaks ?? []).toEqual([]);
    await keeper.leave('test');
  });

  it('keeps the settings and partitions of a topic that it makes again', async () => {
    const admin = app.admin();
    await admin.connect();
    await keeper.enter('file', 'keep');
    const configEntries = [{ name: 'cleanup.policy', value: 'compact' }];
    await admin.createTopics({ topics: [{ topic: 'compacted', numPartitions: 2, configEntries }] });
    await send('compacted', 'base');
    await keeper.enter('test', 'keep');
    await send('compacted', 'over');
    await keeper.leave('test');
    expect(await texts('compacted')).toEqual(['base']);
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 2, name: 'compacted', configNames: ['cleanup.policy'] }],
    });
    expect(resources[0]?.configEntries[0]?.configValue).toBe('compact');
    expect(await admin.fetchTopicOffsets('compacted')).toHaveLength(2);
    await admin.disconnect();
    await keeper.leave('file');
    expect(await topics()).toEqual(['orders', 'seeded', 'single']);
  });

  it('leaves what a file has written until that file is over, and undoes and reports what came late', async () => {
    await keeper.enter('file', 'keep');
    await send('orders', 'of the file');
    await keeper.enter('test', 'keep');
    await send('orders', 'of the test');
    await keeper.leave('test');
    expect(await texts('orders')).toEqual(['of the file']);
    await send('orders', 'late');
    const report = await keeper.enter('test', 'undo');
    expect(report?.leaks).toEqual([{ kind: 'write', text: 'written after the test had ended: topic orders' }]);
    expect(await texts('orders')).toEqual(['of the file']);
    await keeper.leave('test');
    await keeper.leave('file');
    expect(await texts('orders')).toEqual([]);
  });
});
