import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFetcher } from '../../../src/artifacts/fetcher.ts';
import type { Inspector } from '../../../src/core/inspect.ts';
import { createEmbeddedDriver } from '../../../src/drivers/embedded/index.ts';
import { nats } from '../../../src/services/nats/index.ts';
import { type StartedService, startConfigured, toRequest } from '../../helpers/launch-service.ts';
import { connectNats } from '../../helpers/nats-subject.ts';

const service = nats.configure(toRequest({ options: { user: 'app', password: 'secret' } }));
let started: StartedService;
let app: NatsConnection;
let inspector: Inspector;

beforeAll(async () => {
  started = await startConfigured(service, createEmbeddedDriver(createFetcher({})));
  const fields = service.fields(started.server.endpoint);
  app = await connectNats(fields);
  inspector = await (service.inspect as NonNullable<typeof service.inspect>).open(fields);
  const manager = await jetstreamManager(app);
  await manager.streams.add({ name: 'ORDERS', subjects: ['orders.>'], max_msgs: 2 });
}, 60_000);
afterAll(async () => {
  await inspector?.[Symbol.asyncDispose]();
  await app?.close();
  await started?.[Symbol.asyncDispose]();
});

const texts = async (source: string) => (await inspector.messages(source)).map(({ body }) => Buffer.from(body).toString());

it('sees what is published on a subject, without replies, and takes nothing from subscribers', async () => {
  app.subscribe('echo', { callback: (_error, message) => void message.respond('reply') });
  expect((await app.request('echo', 'hello')).string()).toBe('reply');
  const [message] = await inspector.messages('echo');
  expect(message).toMatchObject({ source: 'echo', headers: {} });
  expect(await texts('echo')).toEqual(['hello']);
  app.publish('audit.user.1', 'created');
  app.publish('audit.order.2', 'paid');
  await app.flush();
  expect(await texts('audit.*.1')).toEqual(['created']);
  expect(await texts('audit.>')).toEqual(['created', 'paid']);
  expect(await texts('>')).toEqual(['hello', 'created', 'paid']);
});

it('shows what a stream holds, and what came to its subjects', async () => {
  for (const text of ['one', 'two', 'three']) await jetstream(app).publish('orders.new', text);
  expect(await texts('ORDERS')).toEqual(['two', 'three']);
  expect(await texts('orders.>')).toEqual(['one', 'two', 'three']);
  const [first] = await inspector.messages('ORDERS');
  expect(first).toMatchObject({ source: 'ORDERS', id: '2', key: 'orders.new', at: expect.stringMatching(/^\d{4}-/) });
  expect(await inspector.sources()).toContainEqual({ name: 'ORDERS', kind: 'stream' });
  expect(await inspector.sources()).toContainEqual({ name: 'orders.new', kind: 'subject' });
});

it('wakes when something comes, and when it is told to give up', async () => {
  const told = new AbortController();
  expect(await texts('later')).toEqual([]);
  const changed = inspector.changed('later', told.signal);
  app.publish('later', 'now');
  await changed;
  await expect.poll(() => texts('later')).toEqual(['now']);
  const never = inspector.changed('later', told.signal);
  told.abort();
  await never;
  expect(told.signal.aborted).toBe(true);
});

it('publishes with headers, as another program would', async () => {
  const got = app.subscribe('in', { max: 1 });
  await app.flush();
  await inspector.publish?.('in', { body: Buffer.from('ünï'), headers: { 'X-Id': '7' } });
  for await (const message of got) expect([message.string(), message.headers?.get('X-Id')]).toEqual(['ünï', '7']);
  expect((await inspector.messages('in'))[0]?.headers).toEqual({ 'X-Id': '7' });
  await expect(inspector.publish?.('ORDERS', { body: Buffer.alloc(0) })).rejects.toThrow(/publish to one of its subjects/);
  await inspector.publish?.('ORDERS', { body: Buffer.from('four'), key: 'orders.old' });
  await expect.poll(() => texts('ORDERS')).toEqual(['three', 'four']);
});

it('forgets what came before a reset', async () => {
  if (service.lease.kind !== 'instance') throw new Error('it leases servers of its own');
  await using seed = await service.lease.openSeed?.(started.server.endpoint);
  await using keeper = await seed?.openKeeper(started.server.endpoint, 'rewind');
  await keeper?.enter('test', 'keep');
  app.publish('of-test', 'x');
  await app.flush();
  expect(await texts('of-test')).toEqual(['x']);
  await keeper?.leave('test');
  expect(await texts('>')).toEqual([]);
});
