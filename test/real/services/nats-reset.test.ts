import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager, StorageType } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { Objm } from '@nats-io/obj';
import type { NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFetcher } from '../../../src/artifacts/fetcher.ts';
import type { StateKeeper } from '../../../src/core/reset.ts';
import type { Seed } from '../../../src/core/service.ts';
import { createEmbeddedDriver } from '../../../src/drivers/embedded/index.ts';
import { nativeDriver } from '../../../src/drivers/native/index.ts';
import { nats } from '../../../src/services/nats/index.ts';
import { findSpec, type LaunchedService, launchService, toRequest } from '../../helpers/launch-service.ts';
import { connectNats } from '../../helpers/nats-subject.ts';

for (const driver of [createEmbeddedDriver(createFetcher({})), nativeDriver]) {
  const service = nats.configure(toRequest());
  const found = await findSpec(driver, service);
  if ('why' in found) {
    describe(`NATS is taken back, ${driver.name}`, () => it('cannot be here', ({ skip }) => skip(found.why)));
    continue;
  }

  describe(`NATS is taken back, ${driver.name}`, () => {
    let main: LaunchedService;
    let leased: LaunchedService;
    let seed: Seed;
    let app: NatsConnection;
    let keeper: StateKeeper;
    let baseline: unknown;

    beforeAll(async () => {
      const start = () => launchService(driver, service, found.spec);
      [main, leased] = await Promise.all([start(), start()]);
      const writer = await connectNats(service.fields(main.endpoint));
      await seedStreams(writer);
      await writer.close();
      if (service.lease.kind !== 'instance' || !service.lease.openSeed) throw new Error('it has no seed');
      seed = await service.lease.openSeed(main.endpoint);
      app = await connectNats(service.fields(leased.endpoint));
    }, 60_000);
    afterAll(async () => {
      await keeper?.[Symbol.asyncDispose]();
      await app?.close();
      await Promise.all([main?.[Symbol.asyncDispose](), leased?.[Symbol.asyncDispose]()]);
    });
    beforeEach(async () => {
      await keeper?.[Symbol.asyncDispose]();
      const manager = await jetstreamManager(app);
      for (const name of await streamNames(app)) await manager.streams.delete(name);
      await seed.fill(leased.endpoint);
      keeper = await seed.openKeeper(leased.endpoint, 'rewind');
      baseline = await stateOf(app);
    });

    it('begins with the streams, messages and positions that the main server was seeded with', () => {
      expect(baseline).toMatchObject({
        EMPTY: { last: 0, consumers: { reader: 0 } },
        ORDERS: { messages: ['orders.1=one', 'orders.2=two'], last: 2, consumers: { worker: 1 } },
        MEMORY: { messages: ['memory.1=kept'] },
        KV_config: { messages: ['$KV.config.mode=test'] },
        KV_counters: { messages: ['$KV.counters.orders=2'] },
      });
    });

    it('takes back all that a test did to streams, and numbers begin where they did', async () => {
      const manager = await jetstreamManager(app);
      const js = jetstream(app);
      await keeper.enter('test', 'keep');
      await manager.streams.add({ name: 'NEW', subjects: ['new.>'] });
      await js.publish('new.1', 'x');
      await js.publish('empty.1', 'x', { msgID: 'once' });
      await js.publish('orders.3', 'three');
      await (await js.consumers.get('ORDERS', 'worker')).next().then((message) => message?.ackAck());
      await manager.consumers.add('ORDERS', { durable_name: 'of-test', ack_policy: AckPolicy.Explicit });
      await manager.streams.purge('MEMORY');
      await (await new Kvm(app).open('config')).put('mode', 'other');
      await (await new Kvm(app).open('counters')).put('orders', '3');
      await (await new Kvm(app).create('mine')).put('a', '1');
      await (await new Objm(app).create('files')).putBlob({ name: 'f' }, new TextEncoder().encode('content'));
      const { how, leaks, changed, fallback } = await keeper.leave('test');
      expect({ how, leaks, fallback }).toEqual({ how: 'restore', leaks: [], fallback: undefined });
      expect(changed).toBe(8);
      expect(await stateOf(app)).toEqual(baseline);

      await keeper.enter('test', 'undo');
      const again = await js.publish('empty.1', 'x', { msgID: 'once' });
      expect(again).toMatchObject({ seq: 1, duplicate: false });
      const next = await (await js.consumers.get('ORDERS', 'worker')).next();
      expect(next?.string()).toBe('two'); // not taken yet in the baseline
      await next?.ackAck();
      await keeper.leave('test');
      expect(await stateOf(app)).toEqual(baseline);
    });

    it('makes again what a test has deleted', async () => {
      const manager = await jetstreamManager(app);
      await keeper.enter('test', 'keep');
      await manager.streams.delete('ORDERS');
      await manager.streams.delete('EMPTY');
      await manager.consumers.delete('MEMORY', 'slow');
      await manager.streams.update('KV_config', { ...(await manager.streams.info('KV_config')).config, max_msgs_per_subject: 3 });
      await keeper.leave('test');
      expect(await stateOf(app)).toEqual(baseline);
      expect((await keeper.leave('test')).how).toBe('none');
    });

    it('does nothing after a test that has only read', async () => {
      await keeper.enter('test', 'keep');
      await (await new Kvm(app).open('config')).get('mode');
      const report = await keeper.leave('test');
      expect(report).toMatchObject({ how: 'none', changed: 0 });
    });

    it('leaves the consumer alone at which an app waits, and deletes what has come', async () => {
      const js = jetstream(app);
      const got: string[] = [];
      const waiting = await (await js.consumers.get('EMPTY', 'reader')).consume({
        callback: (message) => {
          got.push(message.string());
          message.ack();
        },
      });
      try {
        for (const round of ['first', 'second']) {
          await keeper.enter('test', 'keep');
          await js.publish('empty.1', round);
          await expect.poll(() => got).toContain(round);
          const { how, fallback } = await keeper.leave('test');
          expect(how).toBe('purge');
          expect(fallback).toMatch(/EMPTY/);
          expect(await stateOf(app)).toMatchObject({ EMPTY: { messages: [] } });
        }
        expect((await keeper.leave('test')).how).toBe('none');
      } finally {
        await waiting.close();
      }
    });

    it('keeps what a wider scope has written, undoes late writes and names them', async () => {
      const js = jetstream(app);
      await keeper.enter('file', 'keep');
      await js.publish('orders.file', 'of the file');
      await keeper.enter('test', 'keep');
      await js.publish('orders.test', 'of the test');
      await keeper.leave('test');
      expect(await stateOf(app)).toMatchObject({
        ORDERS: { messages: ['orders.1=one', 'orders.2=two', 'orders.file=of the file'] },
      });
      await js.publish('empty.late', 'x');
      const report = await keeper.enter('test', 'undo');
      expect(report?.leaks).toEqual([{ kind: 'write', text: 'written after the test had ended: stream "EMPTY"' }]);
      await js.publish('empty.test', 'x');
      expect(await keeper.diff?.()).toMatchObject([{ table: 'stream', op: 'update', after: { name: 'EMPTY', messages: 1 } }]);
      await keeper.leave('test');
      await keeper.leave('file');
      expect(await stateOf(app)).toEqual(baseline);
    });
  });
}

async function seedStreams(client: NatsConnection): Promise<void> {
  const manager = await jetstreamManager(client);
  const js = jetstream(client);
  await manager.streams.add({ name: 'EMPTY', subjects: ['empty.>'] });
  await manager.consumers.add('EMPTY', { durable_name: 'reader', ack_policy: AckPolicy.Explicit });
  await manager.streams.add({ name: 'ORDERS', subjects: ['orders.>'] });
  await manager.consumers.add('ORDERS', {
    durable_name: 'worker',
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
  });
  await js.publish('orders.1', 'one');
  await js.publish('orders.2', 'two');
  await (await js.consumers.get('ORDERS', 'worker')).next().then((message) => message?.ackAck());
  await manager.streams.add({ name: 'MEMORY', subjects: ['memory.>'], storage: StorageType.Memory });
  await js.publish('memory.1', 'kept');
  await manager.consumers.add('MEMORY', { durable_name: 'slow', ack_policy: AckPolicy.Explicit });
  await (await new Kvm(client).create('config')).put('mode', 'test');
  const counters = await new Kvm(client).create('counters', { storage: StorageType.Memory });
  await counters.put('orders', '1');
  await counters.update('orders', '2', 1);
}

async function streamNames(client: NatsConnection): Promise<readonly string[]> {
  const manager = await jetstreamManager(client);
  const names: string[] = [];
  for await (const { config } of manager.streams.list()) names.push(config.name);
  return names.sort();
}

/** All that an app can see, as it would ask. */
async function stateOf(client: NatsConnection): Promise<Record<string, unknown>> {
  const manager = await jetstreamManager(client);
  const state: Record<string, unknown> = {};
  for (const name of await streamNames(client)) {
    const { config, state: now } = await manager.streams.info(name);
    const messages: string[] = [];
    for (let seq = now.first_seq; seq > 0 && seq <= now.last_seq; seq++) {
      const message = await manager.streams.getMessage(name, { seq });
      if (message) messages.push(`${message.subject}=${message.string()}`);
    }
    const consumers: Record<string, number> = {};
    for await (const consumer of manager.consumers.list(name))
      if (consumer.config.durable_name) consumers[consumer.name] = consumer.ack_floor.stream_seq;
    state[name] = { messages, last: now.last_seq, history: config.max_msgs_per_subject, consumers };
  }
  return state;
}
