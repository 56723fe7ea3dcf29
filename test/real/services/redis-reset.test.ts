import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFetcher } from '../../../src/artifacts/fetcher.ts';
import type { StateKeeper } from '../../../src/core/reset.ts';
import type { ConfiguredService, Seed } from '../../../src/core/service.ts';
import { createEmbeddedDriver } from '../../../src/drivers/embedded/index.ts';
import { nativeDriver } from '../../../src/drivers/native/index.ts';
import { redis } from '../../../src/services/redis/index.ts';
import type { RespClient } from '../../../src/services/redis/resp.ts';
import { findSpec, type LaunchedService, launchService, toRequest } from '../../helpers/launch-service.ts';
import { connect, openSeedOf, seedEveryType, stateOf } from '../../helpers/redis-state.ts';

const embedded = createEmbeddedDriver(createFetcher({}));
const FUNCTIONS = "#!lua name=lib\nredis.register_function('one', function() return 1 end)";

for (const driver of [embedded, nativeDriver]) {
  const service = redis.configure(toRequest());
  const found = await findSpec(driver, service);
  const title = `A lease on Redis, ${driver.name}`;
  if ('why' in found) {
    describe(title, () => it('cannot be made here', ({ skip }) => skip(found.why)));
    continue;
  }
  const start = (configured: ConfiguredService = service) => launchService(driver, configured, found.spec);

  describe(title, () => {
    let main: LaunchedService;
    let leased: LaunchedService;
    let seed: Seed;
    let app: RespClient;
    let keeper: StateKeeper;
    let baseline: Record<string, unknown>;

    beforeAll(async () => {
      [main, leased] = await Promise.all([start(), start()]);
      using writer = await connect(main.endpoint);
      await seedEveryType(writer);
      await writer.send('FUNCTION', 'LOAD', FUNCTIONS);
      baseline = await stateOf(writer);
      seed = await openSeedOf(service, main);
      app = await connect(leased.endpoint);
    }, 120_000);
    afterAll(async () => {
      await keeper[Symbol.asyncDispose]();
      app[Symbol.dispose]();
      await Promise.all([main[Symbol.asyncDispose](), leased[Symbol.asyncDispose]()]);
    });
    beforeEach(async () => {
      await keeper?.[Symbol.asyncDispose]();
      await app.send('FLUSHALL');
      await seed.fill(leased.endpoint);
      keeper = await seed.openKeeper(leased.endpoint, 'rewind');
    });

    it('begins with what migrations and seed have left on the main server, functions and expiry included', async () => {
      expect(await stateOf(app)).toEqual(baseline);
      expect(await app.send('FCALL', 'one', '0')).toBe(1);
      const ttl = Number(await app.send('PTTL', 'session'));
      expect(ttl).toBeGreaterThan(900_000);
      expect(ttl).toBeLessThanOrEqual(1_000_000);
    });

    it('does nothing after a test that has only read', async () => {
      await keeper.enter('test', 'undo');
      await app.send('GET', 'text');
      expect(await keeper.leave('test')).toMatchObject({ how: 'none', changed: 0, leaks: [] });
    });

    const damage: Record<string, readonly (readonly string[])[]> = {
      'writes of each type': [
        ['SET', 'text', 'x'],
        ['HDEL', 'hash', 'f0'],
        ['SREM', 'set', 'm1'],
        ['LPUSH', 'list', 'c'],
        ['ZADD', 'zset', '7', 'one'],
        ['SET', 'new', '1'],
        ['DEL', 'bytes'],
        ['RENAME', 'log', 'log2'],
      ],
      'a Lua script': [['EVAL', "for i = 1, 50 do redis.call('SET', 'lua' .. i, i) end redis.call('DEL', 'list')", '0']],
      'a transaction': [['MULTI'], ['INCR', 'counter'], ['DEL', 'text'], ['EXEC']],
      'a stream with a group': [
        ['XREADGROUP', 'GROUP', 'group', 'me', 'STREAMS', 'stream', '>'],
        ['XADD', 'stream', '*', 'f', 'w'],
        ['XACK', 'stream', 'group', '1-1'],
        ['XGROUP', 'CREATE', 'stream', 'more', '$'],
      ],
      'changes of expiry': [
        ['PERSIST', 'session'],
        ['EXPIRE', 'text', '100'],
        ['SET', 'list', 'x', 'PX', '1'],
      ],
      'another database': [
        ['SELECT', '7'],
        ['DEL', 'other'],
        ['SET', 'more', '1'],
        ['SELECT', '9'],
        ['SET', 'nine', '1'],
        ['SELECT', '0'],
      ],
      'SWAPDB and MOVE': [
        ['MOVE', 'text', '3'],
        ['SWAPDB', '0', '7'],
      ],
      'a copy of everything, then FLUSHDB': [['FLUSHDB']],
    };
    for (const [name, commands] of Object.entries(damage))
      it(`goes back after ${name}`, async () => {
        await keeper.enter('test', 'undo');
        for (const command of commands) await app.send(...command);
        expect(await stateOf(app)).not.toEqual(baseline);
        expect(await keeper.leave('test')).toMatchObject({ how: 'restore', leaks: [] });
        expect(await stateOf(app)).toEqual(baseline);
        expect(await keeper.leave('test')).toMatchObject({ how: 'none' });
      });

    it('goes back after FLUSHALL, which takes the copy on the server too, and says so; the next reset is from a copy again', async () => {
      await keeper.enter('test', 'undo');
      await app.send('FLUSHALL');
      expect(await keeper.leave('test')).toMatchObject({ how: 'restore', fallback: expect.stringContaining('FLUSHALL') });
      expect(await stateOf(app)).toEqual(baseline);
      await keeper.enter('test', 'undo');
      await app.send('SET', 'again', '1');
      const report = await keeper.leave('test');
      expect(report.fallback).toBeUndefined();
      expect(await stateOf(app)).toEqual(baseline);
    });

    it('goes back after functions, settings and a pause of clients, and after SAVE and CONFIG RESETSTAT', async () => {
      await keeper.enter('test', 'undo');
      await app.send('FUNCTION', 'FLUSH');
      await app.send('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru', 'hz', '33');
      await app.send('CONFIG', 'RESETSTAT');
      await app.send('SET', 'new', '1');
      await app.send('SAVE');
      await app.send('CLIENT', 'PAUSE', '60000', 'WRITE');
      await keeper.leave('test');
      expect(await stateOf(app)).toEqual(baseline);
      expect(await app.send('FCALL', 'one', '0')).toBe(1);
      expect(await app.send('CONFIG', 'GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
      expect(await app.send('CONFIG', 'GET', 'hz')).toEqual(['hz', '10']);
    });

    it('goes back although the test has left the server no memory', async () => {
      await keeper.enter('test', 'undo');
      await app.send('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-random');
      await app.send('CONFIG', 'SET', 'maxmemory', '1');
      await app.send('SET', 'x', 'x').catch(() => {});
      await keeper.leave('test');
      expect(await stateOf(app)).toEqual(baseline);
    });

    it('goes back after FLUSHALL to a state of keys that all expire some day', async () => {
      await app.send('FLUSHALL');
      await app.send('SET', 'some', 'day', 'EX', '1000');
      await keeper.enter('test', 'keep');
      await app.send('FLUSHALL');
      await app.send('SET', 'mine', '1');
      await keeper.leave('test');
      expect(await stateOf(app)).toEqual({ '0 some': ['string', 'day', 'expires'] });
    });

    it('notices a test that has saved, then written as often as was written before', async () => {
      await keeper.enter('test', 'undo');
      const info = String(await app.send('INFO', 'persistence'));
      const changes = Number(/^rdb_changes_since_last_save:(\d+)/m.exec(info)?.[1]);
      await app.send('SAVE');
      await app.sendAll(Array.from({ length: changes }, () => ['INCR', 'counter']));
      await keeper.leave('test');
      expect(await stateOf(app)).toEqual(baseline);
    });

    it('undoes what is written between tests, and names it as a leak; keeps it when hooks may have written it', async () => {
      await keeper.enter('test', 'undo');
      await keeper.leave('test');
      await app.send('SET', 'late', '1');
      expect(await keeper.enter('test', 'undo')).toMatchObject({
        changed: 1,
        leaks: [{ kind: 'write', text: 'written after the test had ended: db0 "late"' }],
      });
      expect(await stateOf(app)).toEqual(baseline);
      await keeper.leave('test');
      await app.send('SET', 'hook', '1');
      expect(await keeper.enter('test', 'keep')).toBeUndefined();
      await app.send('SET', 'own', '1');
      await keeper.leave('test');
      expect(
        await app.sendAll([
          ['GET', 'hook'],
          ['GET', 'own'],
        ]),
      ).toEqual(['1', null]);
      await keeper.leave('file');
      expect(await stateOf(app)).toEqual(baseline);
    });

    it('nests scopes: run, file, test, each goes with its own writes only', async () => {
      await app.send('SET', 'run', '1');
      await keeper.enter('file', 'keep');
      await app.send('SET', 'file', '1');
      for (let i = 0; i < 2; i++) {
        await keeper.enter('test', 'undo');
        expect(
          await app.sendAll([
            ['GET', 'run'],
            ['GET', 'file'],
            ['GET', 'test'],
          ]),
        ).toEqual(['1', '1', null]);
        await app.send('SET', 'test', '1');
        await app.send('DEL', 'run', 'file');
        await keeper.leave('test');
      }
      await keeper.leave('file');
      expect(
        await app.sendAll([
          ['GET', 'run'],
          ['GET', 'file'],
        ]),
      ).toEqual(['1', null]);
      await keeper.leave('run');
      expect(await stateOf(app)).toEqual(baseline);
    });

    it('leaves what a wide fixture writes in the middle of a test, and takes the test’s own', async () => {
      await keeper.enter('file', 'keep');
      await keeper.enter('test', 'keep');
      await app.send('SET', 'test', '1');
      await app.send('DEL', 'text');
      await keeper.enter('file', 'keep');
      await app.send('SET', 'file', '1');
      await app.send('DEL', 'zset');
      await keeper.enter('run', 'keep');
      await app.send('SET', 'run', '1');
      await keeper.enter('test', 'keep');
      await app.send('SET', 'test2', '1');
      await keeper.leave('test');
      const all = [
        ['GET', 'test'],
        ['GET', 'test2'],
        ['GET', 'text'],
        ['GET', 'file'],
        ['EXISTS', 'zset'],
        ['GET', 'run'],
      ];
      expect(await app.sendAll(all)).toEqual([null, null, 'é', '1', 0, '1']);
      await keeper.leave('file');
      expect(await app.sendAll(all)).toEqual([null, null, 'é', null, 1, '1']);
      await keeper.leave('run');
      expect(await stateOf(app)).toEqual(baseline);
    });

    it('tells what a test has changed', async () => {
      await keeper.enter('test', 'undo');
      expect(await keeper.diff?.()).toEqual([]);
      await app.send('SET', 'text', 'after');
      await app.send('DEL', 'list');
      await app.send('SADD', 'set', 'm1', 'brandnew');
      await app.send('SREM', 'set', 'brandnew');
      await app.send('HSET', 'fresh', 'b', '2', 'a', '1');
      const changes = await keeper.diff?.();
      expect(changes).toHaveLength(3);
      expect(changes).toContainEqual({
        table: 'db0',
        op: 'update',
        before: { key: 'text', type: 'string', value: 'é' },
        after: { key: 'text', type: 'string', value: 'after' },
      });
      expect(changes).toContainEqual({ table: 'db0', op: 'delete', before: { key: 'list', type: 'list', value: 'a, b' } });
      expect(changes).toContainEqual({ table: 'db0', op: 'insert', after: { key: 'fresh', type: 'hash', value: 'a: 1, b: 2' } });
      await keeper.leave('test');
      expect(await stateOf(app)).toEqual(baseline);
    });

    it('lets keys of the seed expire when their time has come, and not before', async () => {
      await app.send('SET', 'short', '1', 'PX', '300');
      await keeper.enter('test', 'keep');
      await app.send('PERSIST', 'short');
      await keeper.leave('test');
      await expect.poll(() => app.send('EXISTS', 'short'), { timeout: 10_000 }).toBe(0);
      await keeper.enter('test', 'undo');
      await app.send('SET', 'short', 'mine');
      await keeper.leave('test');
      expect(await app.send('EXISTS', 'short')).toBe(0);
      expect(await app.send('GET', 'text')).toBe('é');
    });
  });
}
