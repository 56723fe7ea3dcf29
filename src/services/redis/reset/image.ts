import type { RespClient } from '../resp.ts';
import type { Reply } from '../resp-format.ts';

/** A key as DUMP gives it; bytes as latin1. `expiresAt` in ms since 1970, 0 = never. */
export interface Entry {
  readonly dump: string;
  readonly expiresAt: number;
}
/** All keys of some databases, by number; those without keys are absent. */
export type Image = ReadonlyMap<number, ReadonlyMap<string, Entry>>;
export interface KeyChange {
  readonly database: number;
  readonly key: string;
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
}

const KEYS_AT_ONCE = 500;
/** PTTL is told in relation to a clock that has moved on since: what is younger than this is the same moment. */
const CLOCK_SLACK_MS = 1_000;

/** Reads all keys of these databases. The client must read `latin1`; it is left in the last one. */
export async function readImage(client: RespClient, databases: readonly number[]): Promise<Image> {
  const image = new Map<number, Map<string, Entry>>();
  for (const database of databases) {
    const entries = new Map<string, Entry>();
    await client.send('SELECT', String(database));
    let cursor = '0';
    do {
      const [next, keys] = (await client.send('SCAN', cursor, 'COUNT', String(KEYS_AT_ONCE))) as [string, string[]];
      cursor = next;
      for (const [key, entry] of await readEntries(client, keys)) entries.set(key, entry);
    } while (cursor !== '0');
    if (entries.size > 0) image.set(database, entries);
  }
  return image;
}

async function readEntries(client: RespClient, keys: readonly string[]): Promise<[string, Entry][]> {
  const replies = await client.sendAll(
    keys.flatMap((key) => [
      ['DUMP', key],
      ['PTTL', key],
    ]),
  );
  const now = Date.now();
  return keys.flatMap((key, index): [string, Entry][] => {
    const [dump, ttl] = [replies[2 * index], Number(replies[2 * index + 1])];
    return typeof dump === 'string' ? [[key, { dump, expiresAt: ttl > 0 ? now + ttl : 0 }]] : []; // it may have gone meanwhile
  });
}

/** Writes keys over what is there, to the database that is selected. */
export async function writeEntries(client: RespClient, entries: ReadonlyMap<string, Entry>): Promise<void> {
  const all = [...entries];
  for (let at = 0; at < all.length; at += KEYS_AT_ONCE)
    await client.sendAll(all.slice(at, at + KEYS_AT_ONCE).map(([key, entry]) => toRestore(key, entry)));
}

export function toRestore(key: string, { dump, expiresAt }: Entry): readonly string[] {
  return ['RESTORE', key, String(expiresAt), dump, 'REPLACE', ...(expiresAt > 0 ? ['ABSTTL'] : [])];
}

/** Keys that differ. Sets and hashes with the same members may be written in another order: they are told as changed, too. */
export function compareImages(before: Image, after: Image): readonly KeyChange[] {
  const changes: KeyChange[] = [];
  for (const database of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(database), after.get(database)];
    for (const [key, entry] of now ?? []) {
      const was = alive(old?.get(key));
      if (!isSame(was, entry)) changes.push({ database, key, before: was, after: entry });
    }
    for (const [key, entry] of old ?? [])
      if (!now?.has(key) && alive(entry)) changes.push({ database, key, before: entry, after: undefined });
  }
  return changes;
}

export function patchImage(image: Image, changes: readonly KeyChange[]): Image {
  const patched = new Map([...image].map(([database, entries]) => [database, new Map(entries)]));
  for (const { database, key, after } of changes) {
    const entries = patched.get(database) ?? new Map<string, Entry>();
    patched.set(database, entries);
    if (after) entries.set(key, after);
    else entries.delete(key);
    if (entries.size === 0) patched.delete(database);
  }
  return patched;
}

export function countKeys(image: Image): number {
  return [...image.values()].reduce((sum, entries) => sum + entries.size, 0);
}

/** Those that no clock takes away. */
export function countLasting(entries: ReadonlyMap<string, Entry>): number {
  let count = 0;
  for (const { expiresAt } of entries.values()) if (expiresAt === 0) count++;
  return count;
}

function alive(entry: Entry | undefined): Entry | undefined {
  return entry && (entry.expiresAt === 0 || entry.expiresAt > Date.now()) ? entry : undefined;
}

function isSame(one: Entry | undefined, other: Entry): boolean {
  return one?.dump === other.dump && sameExpiry(one.expiresAt, other.expiresAt);
}

export function sameExpiry(one: number, other: number): boolean {
  if (one === 0 || other === 0) return one === other;
  return Math.abs(one - other) < CLOCK_SLACK_MS;
}

/** Databases with keys, of those up to `count`. */
export function databasesIn(keyspace: Reply, count: number): readonly number[] {
  return [...String(keyspace).matchAll(/^db(\d+):keys=/gm)]
    .map(([, number]) => Number(number))
    .filter((number) => number < count);
}
