import { describe, expect, it } from 'vitest';
import { createFetcher } from '../../../src/artifacts/fetcher.ts';
import type { StateKeeper } from '../../../src/core/reset.ts';
import { createEmbeddedDriver } from '../../../src/drivers/embedded/index.ts';
import { nativeDriver } from '../../../src/drivers/native/index.ts';
import { redis } from '../../../src/services/redis/index.ts';
import { startExternal } from '../../helpers/external-server.ts';
import { findSpec, launchService, toRequest } from '../../helpers/launch-service.ts';
import { connect, openSeedOf, seedEveryType, stateOf } from '../../helpers/redis-state.ts';

const embedded = createEmbeddedDriver(createFetcher({}));

for (const driver of [embedded, nativeDriver]) {
  const service = redis.configure(toRequest());
  const found = await findSpec(driver, service);
  const title = `A lease of some size on Redis, ${driver.name}`;
  if ('why' in found) {
    describe(title, () => it('cannot be made here', ({ skip }) => skip(found.why)));
    continue;
  }
  const start = () => launchService(driver, service, found.spec);

  describe(`A lease with a big seed on Redis, ${driver.name}`, () => {
    it('is swapped with a copy made ahead, also after FLUSHALL and many times in a row', async () => {
      await using main = await start();
      await using leased = await start();
      using writer = await connect(main.endpoint);
      await writer.send(
        'EVAL',
        "for i = 1, 20000 do redis.call('SET', 'key' .. i, i, 'EX', i % 2 == 0 and 5000 or 9000) end",
        '0',
      );
      await writer.send('SET', 'lasting', '1');
      await using seed = await openSeedOf(service, main);
      await seed.fill(leased.endpoint);
      await using keeper = await seed.openKeeper(leased.endpoint, 'rewind');
      using app = await connect(leased.endpoint);
      const digest = async () =>
        app.send(
          'EVAL',
          "local sum = 0 for _, key in ipairs(redis.call('KEYS', '*')) do sum = sum + #redis.call('GET', key) * (redis.call('TTL', key) > 0 and 1 or 1000) end return {redis.call('DBSIZE'), sum}",
          '0',
        );
      const before = await digest();
      for (let round = 0; round < 12; round++) {
        await keeper.enter('test', 'undo');
        if (round === 5) await app.send('FLUSHALL');
        await app.send('SET', `key${round}`, 'x'.repeat(round + 100));
        await app.send('DEL', 'key77', 'lasting');
        expect((await keeper.leave('test')).how).toBe(round === 5 ? 'restore' : 'swap');
        expect(await digest()).toEqual(before);
      }
      await app.send('SET', 'late', '1');
      expect(await keeper.enter('test', 'undo')).toMatchObject({ leaks: [{ kind: 'write' }] });
      expect(await digest()).toEqual(before);
    }, 120_000);
  });

  describe(`A lease with limited memory on Redis, ${driver.name}`, () => {
    it('goes back from memory of ours, and uses none of its limit', async () => {
      const configured = redis.configure(toRequest({ options: { settings: { maxmemory: '20mb', databases: '4' } } }));
      const spec = await findSpec(driver, configured);
      if ('why' in spec) throw new Error(spec.why);
      await using leased = await launchService(driver, configured, spec.spec);
      using app = await connect(leased.endpoint);
      await seedEveryType(app).catch(() => {}); // there is no database 7
      await app.send('SELECT', '0');
      await using seed = await openSeedOf(configured, leased);
      await using keeper = await seed.openKeeper(leased.endpoint, 'rewind');
      const before = await stateOf(app, 4);
      await keeper.enter('test', 'undo');
      await app.send('FLUSHALL');
      await app.send('SET', 'x', '1');
      const report = await keeper.leave('test');
      expect(report).toMatchObject({ how: 'restore' });
      expect(report.fallback).toBeUndefined();
      expect(await stateOf(app, 4)).toEqual(before);
    });
  });
}

describe('A lease on a Redis that is not ours', () => {
  it('goes back within its own database only, and not once the claim is gone', async () => {
    const { url, server, stop } = await startExternal(redis, embedded);
    try {
      const external = redis.configure(toRequest({ url }));
      if (external.lease.kind !== 'database') throw new Error('an external Redis leases databases');
      await using book = await external.lease.open(server.endpoint);
      const fields = await book.create('one1', 'rewind');
      using app = await connect(server.endpoint, Number(fields.database));
      using other = await connect(server.endpoint, 0);
      await other.send('SET', 'theirs', '1');
      await app.send('SET', 'seeded', '1');
      await using keeper = (await book.openKeeper?.('one1', 'rewind')) as StateKeeper;
      await keeper.enter('test', 'undo');
      await app.send('SET', 'mine', '1');
      await app.send('DEL', 'seeded');
      expect(await keeper.diff?.()).toHaveLength(2);
      expect(await keeper.leave('test')).toMatchObject({ how: 'restore' });
      expect(
        await app.sendAll([
          ['KEYS', '*'],
          ['GET', 'seeded'],
        ]),
      ).toEqual([['seeded'], '1']);
      await other.send('SET', 'theirs', '2');
      expect(await keeper.enter('test', 'undo')).toBeUndefined();
      expect(await other.send('GET', 'theirs')).toBe('2');

      await app.send('SET', 'mine', '1');
      const list = String(await other.send('CLIENT', 'LIST'));
      const id = /^id=(\d+) .* name=seatrial-lease-/m.exec(list)?.[1] ?? '';
      await other.send('CLIENT', 'KILL', 'ID', id);
      await expect(keeper.leave('test')).rejects.toThrow();
      expect(await app.send('GET', 'mine')).toBe('1');
    } finally {
      await stop();
    }
  });
});
