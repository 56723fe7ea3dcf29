import { expect, it } from 'vitest';
import { describeRedisLeases } from '../../helpers/redis-lease.ts';
import { stateOf } from '../../helpers/redis-state.ts';

await describeRedisLeases('A lease on Redis', (lease) => {
  it('begins with what migrations and seed have left on the main server, functions and expiry included', async () => {
    expect(await stateOf(lease.app)).toEqual(lease.baseline);
    if (lease.hasFunctions) expect(await lease.app.send('FCALL', 'one', '0')).toBe(1);
    const ttl = Number(await lease.app.send('PTTL', 'session'));
    expect(ttl).toBeGreaterThan(900_000);
    expect(ttl).toBeLessThanOrEqual(1_000_000);
  });

  it('is taken back, and given to nobody else, while somebody is still connected', async () => {
    await lease.keeper.enter('file', 'keep');
    await lease.app.send('SET', 'text', 'of the file');
    expect(await lease.keeper.renew?.()).toBe(false);
    expect(await stateOf(lease.app)).toEqual(lease.baseline);
  });

  it('does nothing after a test that has only read', async () => {
    await lease.keeper.enter('test', 'undo');
    await lease.app.send('GET', 'text');
    expect(await lease.keeper.leave('test')).toMatchObject({ how: 'none', changed: 0, leaks: [] });
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
      await lease.keeper.enter('test', 'undo');
      for (const command of commands) await lease.app.send(...command);
      expect(await stateOf(lease.app)).not.toEqual(lease.baseline);
      expect(await lease.keeper.leave('test')).toMatchObject({ how: 'restore', leaks: [] });
      expect(await stateOf(lease.app)).toEqual(lease.baseline);
      expect(await lease.keeper.leave('test')).toMatchObject({ how: 'none' });
    });

  it('goes back after FLUSHALL, which takes the copy on the server too, and says so; the next reset is from a copy again', async () => {
    await lease.keeper.enter('test', 'undo');
    await lease.app.send('FLUSHALL');
    expect(await lease.keeper.leave('test')).toMatchObject({ how: 'restore', fallback: expect.stringContaining('FLUSHALL') });
    expect(await stateOf(lease.app)).toEqual(lease.baseline);
    await lease.keeper.enter('test', 'undo');
    await lease.app.send('SET', 'again', '1');
    const report = await lease.keeper.leave('test');
    expect(report.fallback).toBeUndefined();
    expect(await stateOf(lease.app)).toEqual(lease.baseline);
  });

  it('goes back after functions, settings and a pause of clients, and after SAVE and CONFIG RESETSTAT', async () => {
    await lease.keeper.enter('test', 'undo');
    if (lease.hasFunctions) await lease.app.send('FUNCTION', 'FLUSH');
    await lease.app.send('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    await lease.app.send('CONFIG', 'SET', 'hz', '33');
    await lease.app.send('CONFIG', 'RESETSTAT');
    await lease.app.send('SET', 'new', '1');
    await lease.app.send('SAVE');
    await lease.app.send('CLIENT', 'PAUSE', '60000', 'WRITE');
    await lease.keeper.leave('test');
    expect(await stateOf(lease.app)).toEqual(lease.baseline);
    if (lease.hasFunctions) expect(await lease.app.send('FCALL', 'one', '0')).toBe(1);
    expect(await lease.app.send('CONFIG', 'GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    expect(await lease.app.send('CONFIG', 'GET', 'hz')).toEqual(['hz', '10']);
  });

  it('goes back although the test has left the server no memory', async () => {
    await lease.keeper.enter('test', 'undo');
    await lease.app.send('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-random');
    await lease.app.send('CONFIG', 'SET', 'maxmemory', '1');
    await lease.app.send('SET', 'x', 'x').catch(() => {});
    await lease.keeper.leave('test');
    expect(await stateOf(lease.app)).toEqual(lease.baseline);
  });

  it('goes back after FLUSHALL to a state of keys that all expire some day', async () => {
    await lease.app.send('FLUSHALL');
    await lease.app.send('SET', 'some', 'day', 'EX', '1000');
    await lease.keeper.enter('test', 'keep');
    await lease.app.send('FLUSHALL');
    await lease.app.send('SET', 'mine', '1');
    await lease.keeper.leave('test');
    expect(await stateOf(lease.app)).toEqual({ '0 some': ['string', 'day', 'expires'] });
  });

  it('notices a test that has saved, then written as often as was written before', async () => {
    await lease.keeper.enter('test', 'undo');
    const info = String(await lease.app.send('INFO', 'persistence'));
    const changes = Number(/^rdb_changes_since_last_save:(\d+)/m.exec(info)?.[1]);
    await lease.app.send('SAVE');
    await lease.app.sendAll(Array.from({ length: changes }, () => ['INCR', 'counter']));
    await lease.keeper.leave('test');
    expect(await stateOf(lease.app)).toEqual(lease.baseline);
  });

  it('undoes what is written between tests, and names it as a leak; keeps it when hooks may have written it', async () => {
    await lease.keeper.enter('test', 'undo');
    await lease.keeper.leave('test');
    await lease.app.send('SET', 'late', '1');
    expect(await lease.keeper.enter('test', 'undo')).toMatchObject({
      changed: 1,
      leaks: [{ kind: 'write', text: 'written after the test had ended: db0 "late"' }],
    });
    expect(await stateOf(lease.app)).toEqual(lease.baseline);
    await lease.keeper.leave('test');
    await lease.app.send('SET', 'hook', '1');
    expect(await lease.keeper.enter('test', 'keep')).toBeUndefined();
    await lease.app.send('SET', 'own', '1');
    await lease.keeper.leave('test');
    expect(
      await lease.app.sendAll([
        ['GET', 'hook'],
        ['GET', 'own'],
      ]),
    ).toEqual(['1', null]);
    await lease.keeper.leave('file');
    expect(await stateOf(lease.app)).toEqual(lease.baseline);
  });

  it('nests scopes: run, file, test, each goes with its own writes only', async () => {
    await lease.app.send('SET', 'run', '1');
    await lease.keeper.enter('file', 'keep');
    await lease.app.send('SET', 'file', '1');
    for (let i = 0; i < 2; i++) {
      await lease.keeper.enter('test', 'undo');
      expect(
        await lease.app.sendAll([
          ['GET', 'run'],
          ['GET', 'file'],
          ['GET', 'test'],
        ]),
      ).toEqual(['1', '1', null]);
      await lease.app.send('SET', 'test', '1');
      await lease.app.send('DEL', 'run', 'file');
      await lease.keeper.leave('test');
    }
    await lease.keeper.leave('file');
    expect(
      await lease.app.sendAll([
        ['GET', 'run'],
        ['GET', 'file'],
      ]),
    ).toEqual(['1', null]);
    await lease.keeper.leave('run');
    expect(await stateOf(lease.app)).toEqual(lease.baseline);
  });

  it('leaves what a wide fixture writes in the middle of a test, and takes the test’s own', async () => {
    await lease.keeper.enter('file', 'keep');
    await lease.keeper.enter('test', 'keep');
    await lease.app.send('SET', 'test', '1');
    await lease.app.send('DEL', 'text');
    await lease.keeper.enter('file', 'keep');
    await lease.app.send('SET', 'file', '1');
    await lease.app.send('DEL', 'zset');
    await lease.keeper.enter('run', 'keep');
    await lease.app.send('SET', 'run', '1');
    await lease.keeper.enter('test', 'keep');
    await lease.app.send('SET', 'test2', '1');
    await lease.keeper.leave('test');
    const all = [
      ['GET', 'test'],
      ['GET', 'test2'],
      ['GET', 'text'],
      ['GET', 'file'],
      ['EXISTS', 'zset'],
      ['GET', 'run'],
    ];
    expect(await lease.app.sendAll(all)).toEqual([null, null, 'é', '1', 0, '1']);
    await lease.keeper.leave('file');
    expect(await lease.app.sendAll(all)).toEqual([null, null, 'é', null, 1, '1']);
    await lease.keeper.leave('run');
    expect(await stateOf(lease.app)).toEqual(lease.baseline);
  });

  it('tells what a test has changed', async () => {
    await lease.keeper.enter('test', 'undo');
    expect(await lease.keeper.diff?.()).toEqual([]);
    await lease.app.send('SET', 'text', 'after');
    await lease.app.send('DEL', 'list');
    await lease.app.send('SADD', 'set', 'm1', 'brandnew');
    await lease.app.send('SREM', 'set', 'brandnew');
    await lease.app.send('HSET', 'fresh', 'b', '2', 'a', '1');
    const changes = await lease.keeper.diff?.();
    expect(changes).toHaveLength(3);
    expect(changes).toContainEqual({
      table: 'db0',
      op: 'update',
      before: { key: 'text', type: 'string', value: 'é' },
      after: { key: 'text', type: 'string', value: 'after' },
    });
    expect(changes).toContainEqual({ table: 'db0', op: 'delete', before: { key: 'list', type: 'list', value: 'a, b' } });
    expect(changes).toContainEqual({ table: 'db0', op: 'insert', after: { key: 'fresh', type: 'hash', value: 'a: 1, b: 2' } });
    await lease.keeper.leave('test');
    expect(await stateOf(lease.app)).toEqual(lease.baseline);
  });

  it('lets keys of the seed expire when their time has come, and not before', async () => {
    await lease.app.send('SET', 'short', '1', 'PX', '300');
    await lease.keeper.enter('test', 'keep');
    await lease.app.send('PERSIST', 'short');
    await lease.keeper.leave('test');
    await expect.poll(() => lease.app.send('EXISTS', 'short'), { timeout: 10_000 }).toBe(0);
    await lease.keeper.enter('test', 'undo');
    await lease.app.send('SET', 'short', 'mine');
    await lease.keeper.leave('test');
    expect(await lease.app.send('EXISTS', 'short')).toBe(0);
    expect(await lease.app.send('GET', 'text')).toBe('é');
  });
});
