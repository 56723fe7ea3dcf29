import { createImageKeeper, type ImageStore } from '../../core/image-keeper.ts';
import type { Json } from '../../core/json.ts';
import type { StateKeeper } from '../../core/reset.ts';
import type { Seed } from '../../core/service.ts';
import { type MemcachedClient, type MemcachedTarget, openMemcachedClient } from './client.ts';
import { type Item, type Items, keyText, readActivity, readItems, writeItem } from './items.ts';

/** A keeper talks to its server as long as the lease lives. */
const NO_LIMIT_MS = 2 ** 31 - 1;
const PREVIEW_CHARACTERS = 200;

/** Reads what seeds have left on the main server. */
export async function openSeed(seeded: MemcachedTarget): Promise<Seed> {
  using main = await openMemcachedClient(seeded, { timeoutMs: NO_LIMIT_MS });
  const items = await readItems(main);
  return {
    async fill(leased) {
      if (items.size === 0) return;
      using client = await openMemcachedClient(leased, { timeoutMs: NO_LIMIT_MS });
      await Promise.all([...items].map(([key, item]) => writeItem(client, key, item)));
    },
    openKeeper,
    [Symbol.asyncDispose]: async () => {},
  };
}

async function openKeeper(target: MemcachedTarget): Promise<StateKeeper> {
  const client = await openMemcachedClient(target, { timeoutMs: NO_LIMIT_MS });
  try {
    const activity = await readActivity(client);
    const items = await readItems(client);
    return createImageKeeper(toStore(client, { activity, items }), items);
  } catch (error) {
    client[Symbol.dispose]();
    throw error;
  }
}

interface Position {
  readonly activity: string;
  readonly items: Items;
}

function toStore(client: MemcachedClient, opened: Position): ImageStore<Item> {
  let position = opened;
  return {
    async look() {
      const activity = await readActivity(client);
      if (activity !== position.activity) position = { activity, items: await readItems(client) };
      return position.items;
    },
    same: (one, other) => one.flags === other.flags && one.expires === other.expires && one.value.equals(other.value),
    async restore(changes, to) {
      const empties = to.size === 0;
      const commands = empties
        ? [client.line('flush_all')]
        : changes.map(({ name, before }) => (before ? writeItem(client, name, before) : client.line(`delete ${name}`)));
      const [activity] = await Promise.all([readActivity(client), ...commands]); // sent last, so the answer counts the others
      position = { activity, items: to };
      return { how: empties ? 'flush' : 'restore' };
    },
    toChange: ({ name, before, after }) => ({
      table: 'items',
      op: !before ? 'insert' : !after ? 'delete' : 'update',
      ...(before ? { before: toRow(name, before) } : {}),
      ...(after ? { after: toRow(name, after) } : {}),
    }),
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}

function toRow(key: string, { value, flags, expires }: Item): Record<string, Json> {
  const text = value.toString();
  return {
    key: keyText(key),
    value: text.length > PREVIEW_CHARACTERS ? `${text.slice(0, PREVIEW_CHARACTERS)}...` : text,
    flags,
    ...(expires === -1 ? {} : { expires: new Date(expires * 1000).toISOString() }),
  };
}
