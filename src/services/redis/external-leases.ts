import { randomBytes } from 'node:crypto';
import type { LeaseBook } from '../../core/service.ts';
import { claim, claimEmptyDatabase, claimName } from './claim-database.ts';
import { readExternal } from './external.ts';
import { toFields } from './fields.ts';
import { openDatabaseStore } from './reset/database-store.ts';
import { createKeeper } from './reset/keeper.ts';
import { openRespClient, type RespClient, type RespTarget } from './resp.ts';

/**
 * Leases on a Redis that is not ours: numbered databases which are empty and which nobody has claimed. They are flushed when they end, over
 * the connection that holds the claim: without it there is nothing to flush with.
 */
export async function openExternalLeases(target: RespTarget): Promise<LeaseBook> {
  const held = new Map<string, { readonly client: RespClient; readonly database: number; readonly claim: string }>();
  const token = randomBytes(8).toString('hex');
  const drop = async (id: string) => {
    const lease = held.get(id);
    if (!lease) return;
    held.delete(id);
    const { client } = lease;
    try {
      await client.send('FLUSHDB');
    } finally {
      client[Symbol.dispose]();
    }
  };
  return {
    async create(id) {
      const { client, database } = await claimEmptyDatabase(target, `${token}-${id}`);
      held.set(id, { client, database, claim: claimName(database, `${token}-${id}`) });
      return toFields({ ...target, database });
    },
    drop,
    async openKeeper(id) {
      const lease = held.get(id);
      if (!lease) throw new Error(`no lease ${id} is held`);
      const store = await openDatabaseStore(lease.client, lease.database, lease.claim);
      return createKeeper(store, { image: await store.readImage() });
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled([...held.keys()].map(drop));
    },
  };
}

/** Flushes the leases of a dead session, at the addresses that its ledger has; one that another session has claimed since is left alone. */
export async function flushAbandoned(target: RespTarget, urls: readonly string[]): Promise<void> {
  for (const url of urls) {
    const { database = 0 } = readExternal('lease', url).target;
    using client = await openRespClient({ ...target, database: 0 }, { timeoutMs: 10_000 });
    if (database !== (target.database ?? 0) && (await claim(client, database, 'clean-up'))) await client.send('FLUSHDB');
  }
}
