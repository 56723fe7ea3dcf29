import { setTimeout as sleep } from 'node:timers/promises';
import type { Image } from '../../core/image-keeper.ts';
import type { MemcachedClient, StoredValue } from './client.ts';

export interface Item extends StoredValue {
  /** Seconds since 1970; -1 = never. */
  readonly expires: number;
}
export type Items = Image<Item>;

const KEYS_AT_ONCE = 100;
const BUSY_PAUSE_MS = 2;

/** Every item that has not expired. */
export async function readItems(client: MemcachedClient): Promise<Items> {
  const expiries = new Map(
    (await dump(client)).flatMap((line): [string, number][] => {
      const [, key, expires] = /^key=(\S+) exp=(-?\d+)/.exec(line) ?? [];
      return key === undefined ? [] : [[unescapeKey(key), Number(expires)]];
    }),
  );
  const keys = [...expiries.keys()];
  const pieces = Array.from({ length: Math.ceil(keys.length / KEYS_AT_ONCE) }, (_, index) =>
    client.get(keys.slice(index * KEYS_AT_ONCE, (index + 1) * KEYS_AT_ONCE)),
  );
  const found = (await Promise.all(pieces)).flatMap((values) => [...values]);
  return new Map(found.map(([key, value]) => [key, { ...value, expires: expiries.get(key) ?? -1 }]));
}

/**
 * By its hash table: by its lists (`all`), items that are being moved or used at that moment are left out. It lists for one at a time, itself
 * included when it looks for expired ones.
 */
async function dump(client: MemcachedClient): Promise<readonly string[]> {
  for (;;) {
    try {
      return await client.lines('lru_crawler metadump hash');
    } catch (error) {
      const { message } = error as Error;
      if (/CLIENT_ERROR|: ERROR/.test(message))
        throw new Error('this memcached does not list all of its keys (`lru_crawler metadump hash`): 1.6.9 or later is needed', {
          cause: error,
        });
      if (!/BUSY/.test(message)) throw error;
      await sleep(BUSY_PAUSE_MS);
    }
  }
}

export async function writeItem(client: MemcachedClient, key: string, { flags, value, expires }: Item): Promise<void> {
  const answer = await client.line(`set ${key} ${flags} ${expires === -1 ? 0 : expires} ${value.length}`, value);
  if (answer !== 'STORED') throw new Error(`memcached did not take ${key}: ${answer}`);
}

/** The server writes bytes of keys as `%XX`; a key is text of one character a byte here, as in the client. */
function unescapeKey(key: string): string {
  return key.replace(/%([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** As the app would print it. */
export function keyText(key: string): string {
  return Buffer.from(key, 'latin1').toString();
}

/** Changes with every command that writes, whoever has sent it. */
export async function readActivity(client: MemcachedClient): Promise<string> {
  const stats = await client.lines('stats');
  return stats
    .filter((line) => /^STAT (?:cmd_(?:set|flush|touch)|\w+_hits|evictions) /.test(line) && !/get_hits/.test(line))
    .join(' ');
}
