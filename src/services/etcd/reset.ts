import { createImageKeeper, type ImageStore } from '../../core/image-keeper.ts';
import type { Json } from '../../core/json.ts';
import type { StateKeeper } from '../../core/reset.ts';
import type { Seed } from '../../core/service.ts';
import { createEtcdClient, type EtcdClient, type EtcdTarget } from './client.ts';
import { type Entry, isLease, nameOf, readLeases, readState, type State, toState, writeEntries } from './state.ts';

const ASK_TIMEOUT_MS = 60_000;
const PREVIEW_CHARACTERS = 200;

/** Reads what migrations and seeds have left on the main server. */
export async function openSeed(seeded: EtcdTarget): Promise<Seed> {
  using main = createEtcdClient(seeded, { timeoutMs: ASK_TIMEOUT_MS });
  const { state } = await readState(main);
  return {
    async fill(leased) {
      if (state.size === 0) return;
      using client = createEtcdClient(leased, { timeoutMs: ASK_TIMEOUT_MS });
      await writeEntries(client, [...state.values()], []);
    },
    openKeeper,
    [Symbol.asyncDispose]: async () => {},
  };
}

async function openKeeper(target: EtcdTarget): Promise<StateKeeper> {
  const client = createEtcdClient(target, { timeoutMs: ASK_TIMEOUT_MS });
  const opened = await readState(client);
  return createImageKeeper(toStore(client, opened), opened.state);
}

function toStore(client: EtcdClient, opened: { readonly state: State; readonly revision: string }): ImageStore<Entry> {
  /** Keys as of a revision; every write makes a new one, leases do not. */
  let position = opened;
  const look = async () => {
    const since = String(BigInt(position.revision) + 1n);
    const [changed, leases] = await Promise.all([client.range({ since }), readLeases(client)]);
    const written = toState(changed, []);
    const known = [...position.state.keys()].filter((name) => !isLease(name));
    const added = [...written.keys()].filter((name) => !position.state.has(name));
    const isWhole = Number(changed.count ?? 0) === known.length + added.length; // else some were deleted, and nothing tells which
    const now = isWhole ? changed : await client.range();
    const keys = isWhole ? new Map([...position.state, ...written]) : toState(now, []);
    position = { state: withLeases(keys, leases), revision: now.header.revision };
    return position.state;
  };
  return {
    look,
    same: (one, other) => JSON.stringify(one) === JSON.stringify(other),
    async restore(changes, to) {
      const wanted = changes.flatMap(({ before }) => before ?? []);
      // A lease of another length is made anew; a key is written over.
      const unwanted = changes.flatMap(({ before, after }) => (after && (!before || after.kind === 'lease') ? after : []));
      const revision = await writeEntries(client, wanted, unwanted);
      // One more than before: nobody else has written meanwhile. Else the keys are read again at the next look.
      const isOurs = revision !== undefined && BigInt(revision) === BigInt(position.revision) + 1n;
      position = { state: to, revision: isOurs ? revision : '0' };
      return { how: 'restore' };
    },
    toChange: ({ before, after }) => ({
      table: (before ?? after)?.kind === 'lease' ? 'leases' : 'keys',
      op: !before ? 'insert' : !after ? 'delete' : 'update',
      ...(before ? { before: toRow(before) } : {}),
      ...(after ? { after: toRow(after) } : {}),
    }),
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}

function withLeases(state: State, leases: readonly Entry[]): State {
  return new Map([...leases.map((lease) => [nameOf(lease), lease] as const), ...[...state].filter(([name]) => !isLease(name))]);
}

function toRow(entry: Entry): Record<string, Json> {
  if (entry.kind === 'lease') return { id: entry.id, seconds: Number(entry.seconds) };
  const value = Buffer.from(entry.value, 'base64').toString();
  return {
    key: Buffer.from(entry.key, 'base64').toString(),
    value: value.length > PREVIEW_CHARACTERS ? `${value.slice(0, PREVIEW_CHARACTERS)}...` : value,
    ...(entry.lease ? { lease: entry.lease } : {}),
  };
}
