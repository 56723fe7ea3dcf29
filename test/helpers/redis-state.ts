import type { ConfiguredService, InstanceLease, Seed } from '../../src/core/service.ts';
import { openRespClient, type RespClient } from '../../src/services/redis/resp.ts';
import type { LaunchedService } from './launch-service.ts';

/** Everything an app can see, read without any code of the reset. */
export async function stateOf(client: RespClient, databases = 16): Promise<Record<string, unknown>> {
  const state: Record<string, unknown> = {};
  const read: Record<string, (key: string) => readonly string[]> = {
    string: (key) => ['GET', key],
    hash: (key) => ['HGETALL', key],
    set: (key) => ['SORT', key, 'ALPHA'],
    list: (key) => ['LRANGE', key, '0', '-1'],
    zset: (key) => ['ZRANGE', key, '0', '-1', 'WITHSCORES'],
    stream: (key) => ['XINFO', 'STREAM', key, 'FULL'],
  };
  for (let database = 0; database < databases; database++) {
    await client.send('SELECT', String(database));
    for (const key of ((await client.send('KEYS', '*')) as string[]).sort()) {
      const type = String(await client.send('TYPE', key));
      const value = await client.send(...(read[type]?.(key) ?? ['DUMP', key]));
      const ttl = Number(await client.send('PTTL', key));
      const sorted = type === 'hash' ? pairs(value as string[]) : value;
      state[`${database} ${key}`] = [type, sorted, ttl < 0 ? 'lasting' : 'expires'];
    }
  }
  await client.send('SELECT', '0');
  return state;
}
const pairs = (words: string[]) =>
  words.flatMap((word, index) => (index % 2 === 0 ? [`${word}=${words[index + 1]}`] : [])).sort();

export async function connect({ host, port }: { host: string; port: number }, database = 0): Promise<RespClient> {
  return openRespClient({ host, port, password: undefined, database }, { timeoutMs: 120_000 });
}

export async function seedEveryType(client: RespClient): Promise<void> {
  await client.send('SET', 'text', 'é');
  await client.send('EVAL', "redis.call('SET', 'bytes', string.char(0, 255, 13, 10, 36))", '0');
  await client.send('HSET', 'hash', ...Array.from({ length: 1200 }, (_, i) => `f${i}`));
  await client.send('SADD', 'set', ...Array.from({ length: 700 }, (_, i) => `m${i}`));
  await client.send('RPUSH', 'list', 'a', 'b');
  await client.send('ZADD', 'zset', '1', 'one', '2.5', 'two');
  await client.send('XADD', 'stream', '1-1', 'f', 'v');
  await client.send('XGROUP', 'CREATE', 'stream', 'group', '0');
  await client.send('PFADD', 'log', 'x');
  await client.send('SET', 'session', 's', 'EX', '1000');
  await client.send('SELECT', '7');
  await client.send('SET', 'other', 'database');
  await client.send('SELECT', '0');
}

export async function openSeedOf(service: ConfiguredService, server: LaunchedService): Promise<Seed> {
  const seed = await (service.lease as InstanceLease).openSeed?.(server.endpoint);
  if (!seed) throw new Error('Redis opens no seed');
  return seed;
}
