import { setTimeout as sleep } from 'node:timers/promises';
import type { Inspector } from '../../core/inspect.ts';
import { type MemcachedTarget, openMemcachedClient } from './client.ts';
import { keyText, readItems, writeItem } from './items.ts';

const NO_LIMIT_MS = 2 ** 31 - 1;
const POLL_MS = 25;
const SOURCE = 'items';

/** One source, `items`: every key with its value. Reading them this way counts as a read for the server (`get_hits`). */
export async function openInspector(target: MemcachedTarget): Promise<Inspector> {
  const client = await openMemcachedClient(target, { timeoutMs: NO_LIMIT_MS });
  return {
    sources: async () => [{ name: SOURCE, kind: 'cache' }],
    messages: async (source) =>
      [...(await readItems(client))]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([key, { value, flags, expires }]) => ({
          source,
          id: keyText(key),
          key: keyText(key),
          headers: {},
          body: value,
          details: { flags, ...(expires === -1 ? {} : { expires: new Date(expires * 1000).toISOString() }) },
        })),
    changed: (_source, signal) => sleep(POLL_MS, undefined, { signal }).catch(() => {}), // nobody tells of writes
    async publish(_source, { key, body }) {
      if (key === undefined || !/^[^\s\p{Cc}]{1,250}$/u.test(key))
        throw new Error('an item needs a key of at most 250 bytes without spaces');
      await writeItem(client, Buffer.from(key).toString('latin1'), { flags: 0, value: Buffer.from(body), expires: -1 });
    },
    [Symbol.asyncDispose]: async () => client[Symbol.dispose](),
  };
}
