import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RespClient } from '../resp.ts';
import { describeDumps } from './describe-dumps.ts';
import { allDatabases, notesDatabase, SLOTS } from './hidden-databases.ts';
import { countKeys, countLasting, databasesIn, readImage, writeEntries } from './image.ts';
import type { LastingClient } from './lasting-client.ts';
import { isUntouched, keysTouched, type Look, look } from './look.ts';
import { createPools } from './pools.ts';
import { runLua } from './run-script.ts';
import { FILL_POOL, KEEP, RESTORE } from './scripts.ts';
import { readShared, restoreShared } from './shared-state.ts';
import type { Level, SharedState, Store } from './store.ts';

/** From so many keys on, a database is swapped with a ready copy; smaller ones are copied at the moment of the reset (0.7 us a key). */
const SWAP_FROM_KEYS = 500;
const POOL_STEP_KEYS = 200;
const COPY_GONE = 'the copy on the server was not whole (FLUSHALL takes it, too): written again from memory';

/** The keys of a server of our own. It keeps copies in databases that the app does not know of, and everything in memory as well: FLUSHALL takes the copies. */
export async function openInstanceStore(
  client: LastingClient,
  appDatabases: number,
): Promise<Store & { sharedState: SharedState }> {
  const many = Number(/^redis_version:(\d+)/m.exec(String(await client.send('INFO', 'server')))?.[1]) >= 7;
  const hidden = await canHide(client, appDatabases);
  const sharedState = await readShared(client);
  const slots = new Map<Level, { readonly slot: number; readonly token: string }>();
  let marked = await look(client, many);
  let shared = sharedState;
  let last: Promise<unknown> = Promise.resolve();
  let seen: Look | undefined; // by `touched` a moment ago: `restore` follows it, and what comes in between shows next time

  /** Ours come one after another, so that their changes are told from those of others. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(async () => {
      await client.ensure();
      return work();
    });
    last = result.catch(() => {});
    return result;
  };
  const ours = (changes: number) => {
    marked = { ...marked, changes: marked.changes + changes };
  };
  const pools = createPools((database, token, cursor) =>
    inTurn(async () => {
      const slot = [...slots.values()].find((candidate) => candidate.token === token)?.slot;
      if (slot === undefined) return '-1';
      const args = [appDatabases, SLOTS, slot, token, database, cursor, POOL_STEP_KEYS];
      const [next, changes] = (await runLua(client, FILL_POOL, args)) as [string, number];
      ours(changes);
      return next;
    }),
  );
  const keepPresent = async (level: Level) => {
    if (!hidden || slots.has(level) || countKeys(level.image) === 0) return;
    const taken = [...slots.values()].map(({ slot }) => slot);
    const slot = [0, 1, 2].find((candidate) => !taken.includes(candidate));
    if (slot === undefined) return;
    const token = randomBytes(8).toString('hex');
    ours(Number(await runLua(client, KEEP, [appDatabases, SLOTS, slot, token])));
    slots.set(level, { slot, token });
  };
  const fillPools = (level: Level) => {
    const kept = slots.get(level);
    if (!kept) return;
    for (const [database, entries] of level.image) if (entries.size >= SWAP_FROM_KEYS) pools.fill(database, kept.token);
  };
  const present = async () => databasesIn(await client.send('INFO', 'keyspace'), appDatabases);

  /** What databases share goes back first: a test may have left no memory for keys. Answers the counters after that. */
  const goBackShared = async (level: Level) => {
    const now = seen ?? (await look(client, many));
    seen = undefined;
    if (now.pauses !== marked.pauses) await client.send('CLIENT', 'UNPAUSE').catch(() => {}); // since Redis 6.2
    const same = now.config === marked.config && now.functions === marked.functions && level.shared === shared;
    if (same || !level.shared) return now;
    await restoreShared(client, level.shared);
    shared = level.shared;
    return look(client, many);
  };
  /** Answers how; undefined when the copy is not whole. */
  const fromSlot = async (level: Level, before: Look): Promise<string | undefined> => {
    const kept = slots.get(level);
    const isEmpty = countKeys(level.image) === 0;
    if (!isEmpty && !kept) return undefined;
    const plan: (string | number)[] = [];
    let how = isEmpty ? 'flush' : 'restore';
    for (const [database, entries] of level.image) {
      const swap = await pools.ready(database, kept?.token ?? '');
      if (swap) how = 'swap';
      plan.push(database, countLasting(entries), swap ? 'swap' : 'copy');
    }
    return inTurn(async () => {
      const args = [appDatabases, SLOTS, isEmpty ? -1 : (kept?.slot ?? -1), kept?.token ?? '', ...plan];
      const changes = Number(await runLua(client, RESTORE, args));
      if (changes < 0) return undefined;
      marked = { ...before, changes };
      return how;
    });
  };
  const fromMemory = async (level: Level) => {
    slots.delete(level);
    await runLua(client, RESTORE, [appDatabases, SLOTS, -1, '']);
    for (const [database, entries] of level.image) {
      await client.send('SELECT', String(database));
      await writeEntries(client, entries);
    }
    marked = await look(client, many);
    await keepPresent(level);
  };

  return {
    sharedState,
    mark: () =>
      inTurn(async () => {
        marked = await look(client, many);
      }),
    touched: () =>
      inTurn(async () => {
        const now = await lookPatiently(client, many).catch(async (error: unknown) => {
          if (!client.closed) throw error;
          await client.ensure(); // a test has ended all connections a moment ago
          return lookPatiently(client, many);
        });
        seen = now;
        if (isUntouched(marked, now)) return 0;
        return Math.max(1, now.saves === marked.saves ? now.changes - marked.changes : now.changes);
      }),
    capture: (like) =>
      inTurn(async () => {
        const now = await look(client, many);
        if (now.config !== marked.config || now.functions !== marked.functions) shared = await readShared(client);
        const image = keysTouched(marked, now) ? await readImage(client, await present()) : like.image;
        marked = await look(client, many);
        return { image, shared };
      }),
    keep: async (levels, level) => {
      for (const [known] of slots) if (!levels.includes(known)) slots.delete(known);
      const [first] = levels;
      const isNew = first !== undefined && !slots.has(first);
      if (levels.includes(level)) await inTurn(() => keepPresent(level));
      if (first && isNew) fillPools(first);
    },
    restore: async (level) => {
      try {
        const before = await inTurn(() => goBackShared(level));
        const hadCopy = slots.has(level);
        const done = before.evicted === marked.evicted ? await fromSlot(level, before) : undefined;
        if (!done) await inTurn(() => fromMemory(level));
        fillPools(level);
        if (done) return { how: done };
        return { how: 'restore', ...(hadCopy ? { fallback: COPY_GONE } : {}) };
      } catch (error) {
        pools.clear(); // nobody knows whether a swap has been done
        slots.clear();
        throw error;
      }
    },
    readImage: () => inTurn(async () => readImage(client, await present())),
    isUsed: async () => {
      for (const pauseMs of [0, 5, 20, 50]) {
        await sleep(pauseMs);
        const info = String(await inTurn(() => client.send('INFO', 'clients')));
        if (/^connected_clients:1\b/m.test(info)) return false;
      }
      return true;
    },
    describe: (entries) =>
      inTurn(async () => {
        const described = await describeDumps(client, entries, hidden ? notesDatabase(appDatabases) : undefined);
        ours(described.changes);
        return described.described;
      }),
    [Symbol.dispose]: () => {
      pools.clear();
      client[Symbol.dispose]();
    },
  };
}

/** Copies on the server are for servers that were started with room for them, and whose memory is not limited: they would use it up. */
async function canHide(client: RespClient, appDatabases: number): Promise<boolean> {
  const [, databases] = (await client.send('CONFIG', 'GET', 'databases')) as readonly string[];
  const [, maxmemory] = (await client.send('CONFIG', 'GET', 'maxmemory')) as readonly string[];
  const [copy] = (await client.send('COMMAND', 'INFO', 'copy')) as readonly unknown[];
  return Number(databases) >= allDatabases(appDatabases) && maxmemory === '0' && Array.isArray(copy);
}

/** A script that a test has left running lets nobody in; it is ended, when it has not written. */
async function lookPatiently(client: RespClient, many: boolean): Promise<Look> {
  try {
    return await look(client, many);
  } catch (error) {
    if (!/^BUSY/.test((error as Error).message)) throw error;
    await client.send(/FUNCTION KILL/.test((error as Error).message) ? 'FUNCTION' : 'SCRIPT', 'KILL');
    return look(client, many);
  }
}
