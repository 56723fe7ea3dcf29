import type { Client } from 'memjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StateKeeper } from '../../../src/core/reset.ts';
import type { Seed } from '../../../src/core/service.ts';
import { nativeDriver } from '../../../src/drivers/native/index.ts';
import { memcached } from '../../../src/services/memcached/index.ts';
import { describeService } from '../../helpers/describe-service.ts';
import { findSpec, type LaunchedService, launchService, startConfigured, toRequest } from '../../helpers/launch-service.ts';
import { connectMemcached, memcachedSubject } from '../../helpers/memcached-subject.ts';

const service = memcached.configure(toRequest({ options: { settings: { 'memory-limit': 32, 'max-item-size': '2m' } } }));
const found = await findSpec(nativeDriver, service);

if ('why' in found) {
  describe('memcached', () => it('cannot run here', ({ skip }) => skip(found.why)));
} else {
  const start = () => launchService(nativeDriver, service, found.spec);

  describeService('memcached, native', memcachedSubject(service, start), (server) => {
    it('has the settings that were asked for', async () => {
      const client = connectMemcached(service.fields(server().endpoint));
      expect(await client.set('big', Buffer.alloc(1_500_000), {})).toBe(true);
      expect((await client.get('big')).value).toHaveLength(1_500_000);
      client.close();
    });
  });

  describe('memcached is taken back', () => {
    let main: LaunchedService;
    let leased: LaunchedService;
    let seed: Seed;
    let empty: Seed;
    let app: Client;
    let keeper: StateKeeper;

    beforeAll(async () => {
      [main, leased] = await Promise.all([start(), start()]);
      if (service.lease.kind !== 'instance' || !service.lease.openSeed) throw new Error('it has no seed');
      empty = await service.lease.openSeed(main.endpoint);
      const writer = connectMemcached(service.fields(main.endpoint));
      await writer.set('user:1', 'ada', {});
      await writer.set('länge', 'ü', { expires: 3_600 });
      for (let i = 0; i < 250; i++) await writer.set(`many:${i}`, String(i), {});
      writer.close();
      seed = await service.lease.openSeed(main.endpoint);
      app = connectMemcached(service.fields(leased.endpoint));
    }, 60_000);
    afterAll(async () => {
      await keeper?.[Symbol.asyncDispose]();
      app?.close();
      await Promise.all([main?.[Symbol.asyncDispose](), leased?.[Symbol.asyncDispose]()]);
    });
    const begin = async (from: Seed) => {
      await keeper?.[Symbol.asyncDispose]();
      await app.flush();
      await from.fill(leased.endpoint);
      keeper = await from.openKeeper(leased.endpoint, 'rewind');
    };
    beforeEach(() => begin(seed));
    const text = async (key: string) => (await app.get(key)).value?.toString();

    it('to what the seed has left: values, flags, and times of expiry', async () => {
      expect([await text('user:1'), await text('länge'), await text('many:249')]).toEqual(['ada', 'ü', '249']);
      await keeper.enter('test', 'keep');
      await app.set('user:1', 'grace', {});
      await app.delete('länge');
      await app.set('new', 'x', {});
      await app.increment('counter', 1, { initial: 7 });
      const diff = await keeper.diff?.();
      expect(diff).toContainEqual({ table: 'items', op: 'insert', after: { key: 'new', value: 'x', flags: 0 } });
      expect(diff?.find(({ op }) => op === 'delete')?.before).toMatchObject({ key: 'länge', expires: expect.any(String) });
      expect(await keeper.leave('test')).toMatchObject({ how: 'restore', changed: 4, leaks: [] });
      expect([await text('user:1'), await text('länge'), await text('new'), await text('counter')]).toEqual([
        'ada',
        'ü',
        undefined,
        undefined,
      ]);
      expect(await keeper.leave('test')).toMatchObject({ how: 'none', changed: 0 });
    });

    it('after flush_all', async () => {
      await keeper.enter('test', 'keep');
      await app.flush();
      expect(await text('many:1')).toBeUndefined();
      await keeper.leave('test');
      expect(await text('many:1')).toBe('1');
    });

    it('by flush_all where there was nothing, also when the next test writes in the same second', async () => {
      await begin(empty);
      for (let round = 0; round < 20; round++) {
        await keeper.enter('test', 'undo');
        expect(await app.add('once', String(round), {})).toBe(true);
        expect(await text('once')).toBe(String(round));
        expect(await keeper.leave('test')).toMatchObject({ how: 'flush', changed: 1 });
      }
      expect(await text('once')).toBeUndefined();
    });

    it('not at all after a test that has only read', async () => {
      await keeper.enter('test', 'keep');
      await text('user:1');
      await text('nothing');
      expect(await keeper.leave('test')).toMatchObject({ how: 'none', changed: 0 });
    });

    it('scope by scope, and late writes are named', async () => {
      await keeper.enter('file', 'keep');
      await app.set('of-file', '1', {});
      await keeper.enter('test', 'keep');
      await app.set('of-file', '2', {});
      await keeper.leave('test');
      expect(await text('of-file')).toBe('1');
      await app.set('late', '1', {});
      const report = await keeper.enter('test', 'undo');
      expect(report?.leaks).toEqual([{ kind: 'write', text: 'written after the test had ended: items "late"' }]);
      await keeper.leave('test');
      await keeper.leave('file');
      expect([await text('of-file'), await text('late'), await text('user:1')]).toEqual([undefined, undefined, 'ada']);
    });

    it('and shows its items to tests, which can put in more', async () => {
      await using inspector = await service.inspect?.open(service.fields(leased.endpoint));
      await inspector?.publish?.('items', { key: 'ä', body: Buffer.from('put in') });
      expect(await text('ä')).toBe('put in');
      const items = await inspector?.messages('items');
      expect(items).toHaveLength(253);
      expect(items?.find(({ key }) => key === 'ä')).toMatchObject({
        id: 'ä',
        body: Buffer.from('put in'),
        details: { flags: 0 },
      });
    });
  });

  it('memcached that runs already serves a whole run, and refuses workers', async () => {
    await using started = await startConfigured(service, nativeDriver);
    const external = memcached.configure(toRequest({ url: started.url }));
    await external.ready(started.server.endpoint, { nonce: undefined, pid: undefined, signal: AbortSignal.timeout(5_000) });
    if (external.lease.kind !== 'database') throw new Error('it leases servers that are not its own');
    await using book = await external.lease.open(started.server.endpoint);
    expect((await book.create('main1', 'run')).url).toBe(started.url);
    await expect(book.create('one1', 'worker')).rejects.toThrow(/can't be divided among workers/);
  });
}
