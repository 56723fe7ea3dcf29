import type { Image } from '../../core/image-keeper.ts';
import type { EtcdClient, Operation, RangeAnswer } from './client.ts';

/** A key, or a lease, which keys may be bound to. */
export type Entry =
  | { readonly kind: 'key'; readonly key: string; readonly value: string; readonly lease: string | undefined }
  | { readonly kind: 'lease'; readonly id: string; readonly seconds: string };

/** By kind and key, or id. */
export type State = Image<Entry>;

/** More than these in one transaction are refused; the server is started so. */
export const MOST_OPERATIONS = 10_000;

export async function readState(client: EtcdClient): Promise<{ readonly state: State; readonly revision: string }> {
  const [range, leases] = await Promise.all([client.range(), readLeases(client)]);
  return { state: toState(range, leases), revision: range.header.revision };
}

export async function readLeases(client: EtcdClient): Promise<readonly Entry[]> {
  const { leases = [] } = await client.leases();
  const entries = await Promise.all(
    leases.map(async ({ ID: id }): Promise<Entry> => {
      const { grantedTTL: seconds = '0' } = await client.timeToLive(id);
      return { kind: 'lease', id, seconds };
    }),
  );
  return entries.filter((entry) => entry.kind === 'lease' && entry.seconds !== '0'); // it has expired meanwhile
}

export function toState({ kvs = [] }: RangeAnswer, leases: readonly Entry[]): State {
  const keys = kvs.map(
    ({ key, value = '', lease }): Entry => ({ kind: 'key', key, value, lease: lease === '0' ? undefined : lease }),
  );
  return new Map([...leases, ...keys].map((entry) => [nameOf(entry), entry]));
}

export function isLease(name: string): boolean {
  return name.startsWith('lease ');
}

export function nameOf(entry: Entry): string {
  return entry.kind === 'key' ? `key ${entry.key}` : `lease ${entry.id}`;
}

/** Leases first: keys go with theirs, and can only be bound to one that is there. Answers the revision of the keys. */
export async function writeEntries(
  client: EtcdClient,
  wanted: readonly Entry[],
  unwanted: readonly Entry[],
): Promise<string | undefined> {
  await Promise.all(unwanted.map((entry) => (entry.kind === 'lease' ? client.revoke(entry.id) : undefined)));
  await Promise.all(wanted.map((entry) => (entry.kind === 'lease' ? client.grant(entry.id, entry.seconds) : undefined)));
  const operations: Operation[] = [
    ...unwanted.flatMap((entry): Operation[] => (entry.kind === 'key' ? [{ request_delete_range: { key: entry.key } }] : [])),
    ...wanted.flatMap((entry): Operation[] =>
      entry.kind === 'key'
        ? [{ request_put: { key: entry.key, value: entry.value, ...(entry.lease ? { lease: entry.lease } : {}) } }]
        : [],
    ),
  ];
  let revision: string | undefined;
  for (let from = 0; from < operations.length; from += MOST_OPERATIONS)
    revision = (await client.change(operations.slice(from, from + MOST_OPERATIONS))).header.revision;
  return revision;
}
