import type { Etcd3 } from 'etcd3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StateKeeper } from '../../../src/core/reset.ts';
import type { Seed } from '../../../src/core/service.ts';
import { nativeDriver } from '../../../src/drivers/native/index.ts';
import { etcd } from '../../../src/services/etcd/index.ts';
import { describeService } from '../../helpers/describe-service.ts';
import { connectEtcd, etcdSubject } from '../../helpers/etcd-subject.ts';
import { findSpec, type LaunchedService, launchService, startConfigured, toRequest } from '../../helpers/launch-service.ts';

const service = etcd.configure(toRequest({ options: { settings: { 'max-request-bytes': 2_000_000 } } }));
const found = await findSpec(nativeDriver, service);

if ('why' in found) {
  describe('etcd', () => it('cannot run here', ({ skip }) => skip(found.why)));
} else {
  const start = () => launchService(nativeDriver, service, found.spec);

  describeService('etcd, native', etcdSubject(service, start), (server) => {
    it('has the settings that were asked for', async () => {
      const client = connectEtcd(service.fields(server().endpoint));
      await client.put('big').value('x'.repeat(1_800_000));
      expect(await client.get('big').string()).toHaveLength(1_800_000);
      client.close();
    });
  });

  describe('etcd is taken back', () => {
    let main: LaunchedService;
    let leased: LaunchedService;
    let seed: Seed;
    let app: Etcd3;
    let keeper: StateKeeper;
    let baseline: unknown;

    beforeAll(async () => {
      [main, leased] = await Promise.all([start(), start()]);
      const writer = connectEtcd(service.fields(main.endpoint));
      await writer.put('/config/mode').value('test');
      await writer.put('/config/empty').value('');
      const lease = writer.lease(600, { autoKeepAlive: false });
      await lease.put('/nodes/a').value('up');
      for (let i = 0; i < 200; i++) await writer.put(`/many/${i}`).value(String(i));
      writer.close();
      if (service.lease.kind !== 'instance' || !service.lease.openSeed) throw new Error('it has no seed');
      seed = await service.lease.openSeed(main.endpoint);
      app = connectEtcd(service.fields(leased.endpoint));
    }, 60_000);
    afterAll(async () => {
      await keeper?.[Symbol.asyncDispose]();
      app?.close();
      await Promise.all([main?.[Symbol.asyncDispose](), leased?.[Symbol.asyncDispose]()]);
    });
    beforeEach(async () => {
      await keeper?.[Symbol.asyncDispose]();
      for (const id of await leaseIds()) await app.leaseClient.leaseRevoke({ ID: id });
      await app.delete().all();
      await seed.fill(leased.endpoint);
      keeper = await seed.openKeeper(leased.endpoint, 'rewind');
      baseline = await stateOf();
    });

    const leaseIds = async () => (await app.leaseClient.leaseLeases()).leases.map(({ ID }) => ID).sort();
    /** Keys with values and leases, as an app would ask. */
    const stateOf = async () => {
      const { kvs } = await app.getAll().exec();
      const keys = kvs.map(({ key, value, lease }) => [key.toString(), value.toString(), lease]);
      return { keys, leases: await leaseIds() };
    };

    it('to what the seed has left: keys, values and leases', async () => {
      expect(baseline).toMatchObject({
        keys: expect.arrayContaining([
          ['/config/mode', 'test', '0'],
          ['/config/empty', '', '0'],
        ]),
      });
      expect(await app.get('/nodes/a').exec()).toMatchObject({ kvs: [{ lease: (await leaseIds())[0] }] });
      await keeper.enter('test', 'keep');
      await app.put('/config/mode').value('other');
      await app.delete().key('/config/empty');
      await app.put('/new').value('x');
      const lease = app.lease(600, { autoKeepAlive: false });
      await lease.put('/many/1').value('bound');
      await lease.put('/of-lease').value('x');
      const diff = await keeper.diff?.();
      expect(diff).toContainEqual({ table: 'keys', op: 'insert', after: { key: '/new', value: 'x' } });
      expect(diff).toContainEqual({ table: 'keys', op: 'delete', before: { key: '/config/empty', value: '' } });
      expect(await keeper.leave('test')).toMatchObject({ how: 'restore', changed: 6, leaks: [] });
      expect(await stateOf()).toEqual(baseline);
      expect(await keeper.leave('test')).toMatchObject({ how: 'none', changed: 0 });
    });

    it('after everything was deleted, and a lease that keys were bound to was revoked', async () => {
      await keeper.enter('test', 'keep');
      await app.leaseClient.leaseRevoke({ ID: (await leaseIds())[0] as string });
      await app.delete().all();
      await keeper.leave('test');
      expect(await stateOf()).toEqual(baseline);
    });

    it('of a lease that no key is bound to, too', async () => {
      await keeper.enter('test', 'keep');
      await app.leaseClient.leaseGrant({ ID: 4711, TTL: 600 });
      expect(await keeper.leave('test')).toMatchObject({ how: 'restore', changed: 1 });
      expect(await stateOf()).toEqual(baseline);
    });

    it('not at all after a test that has only read', async () => {
      await keeper.enter('test', 'keep');
      await app.get('/config/mode').string();
      expect(await keeper.leave('test')).toMatchObject({ how: 'none', changed: 0 });
    });

    it('under watchers that live on', async () => {
      const seen: string[] = [];
      const watcher = await app.watch().prefix('/config/').create();
      watcher.on('put', ({ value }) => void seen.push(value.toString()));
      await keeper.enter('test', 'keep');
      await app.put('/config/mode').value('other');
      await keeper.leave('test');
      await expect.poll(() => seen).toEqual(['other', 'test']);
      await watcher.cancel();
    });

    it('scope by scope, and late writes are named', async () => {
      await keeper.enter('file', 'keep');
      await app.put('/of-file').value('1');
      await keeper.enter('test', 'keep');
      await app.put('/of-file').value('2');
      await keeper.leave('test');
      expect(await app.get('/of-file').string()).toBe('1');
      await app.put('/late').value('x');
      const report = await keeper.enter('test', 'undo');
      expect(report?.leaks).toEqual([{ kind: 'write', text: 'written after the test had ended: keys "/late"' }]);
      await keeper.leave('test');
      await keeper.leave('file');
      expect(await stateOf()).toEqual(baseline);
    });
  });

  it('etcd that runs already serves a whole run, and refuses workers', async () => {
    await using started = await startConfigured(service, nativeDriver);
    const external = etcd.configure(toRequest({ url: started.url }));
    await external.ready(started.server.endpoint, { nonce: undefined, pid: undefined, signal: AbortSignal.timeout(5_000) });
    if (external.lease.kind !== 'database') throw new Error('it leases servers that are not its own');
    await using book = await external.lease.open(started.server.endpoint);
    expect((await book.create('main1', 'run')).url).toBe(started.url);
    await expect(book.create('one1', 'worker')).rejects.toThrow(/can't be divided among workers/);
  });
}
