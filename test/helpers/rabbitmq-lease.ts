import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Inspector } from '../../src/core/inspect.ts';
import type { StateKeeper } from '../../src/core/reset.ts';
import { nativeDriver } from '../../src/drivers/native/index.ts';
import { rabbitmq } from '../../src/services/rabbitmq/index.ts';
import { type StartedService, startConfigured, toRequest } from './launch-service.ts';
import { type AmqpApp, openAmqp } from './rabbitmq-subject.ts';

export interface LeaseInTest {
  readonly app: AmqpApp;
  readonly keeper: StateKeeper;
  readonly inspector: Inspector;
}

/** One broker for the file, which starts with `definitions`; a lease of its own for each test, with an app connected to it. */
export function leasePerTest(definitions: readonly string[] = []): { readonly lease: LeaseInTest } {
  const service = rabbitmq.configure(toRequest({ init: definitions }));
  if (service.lease.kind !== 'database' || !service.inspect) throw new Error('RabbitMQ leases virtual hosts, and shows them');
  const { lease: support, inspect } = service;
  const current: { lease: LeaseInTest } = { lease: undefined as never };
  let started: StartedService;
  let count = 0;
  beforeAll(async () => {
    started = await startConfigured(service, nativeDriver, { readyTimeoutMs: 60_000 });
  }, 120_000);
  afterAll(() => started?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    const id = `t${++count}`;
    const book = await support.open(started.server.endpoint);
    const fields = await book.create(id, 'rewind');
    const keeper = (await book.openKeeper?.(id, 'rewind')) as StateKeeper;
    const inspector = await inspect.open(fields);
    const app = await openAmqp(fields);
    current.lease = { app, keeper, inspector };
    return async () => {
      await app[Symbol.asyncDispose]();
      await inspector[Symbol.asyncDispose]();
      await keeper[Symbol.asyncDispose]();
      await book.drop(id);
      await book[Symbol.asyncDispose]();
    };
  });
  return current;
}
