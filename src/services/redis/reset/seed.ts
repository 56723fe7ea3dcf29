import type { Seed } from '../../../core/service.ts';
import { openRespClient, type RespTarget } from '../resp.ts';
import { databasesIn, type Image, readImage, writeEntries } from './image.ts';
import { openInstanceStore } from './instance-store.ts';
import { createKeep } from './keep-state.ts';
import { createKeeper } from './keeper.ts';
import { openLastingClient } from './lasting-client.ts';
import { readShared } from './shared-state.ts';
import { restoreUsers, type Users } from './users.ts';

/** A keeper talks to its server as long as the lease lives. */
const NO_LIMIT_MS = 2 ** 31 - 1;

/** Reads all that migrations and seed have left: keys of every database, and functions. */
export async function openSeed(
  seeded: RespTarget,
  target: (host: string, port: number) => RespTarget,
  appDatabases: number,
): Promise<Seed> {
  const { image, functions, users } = await readSeed(seeded, appDatabases);
  const keep = createKeep(seeded, appDatabases);
  return {
    async fill({ host, port }) {
      using client = await openRespClient(target(host, port), { timeoutMs: NO_LIMIT_MS, encoding: 'latin1' });
      for (const [database, entries] of image) {
        await client.send('SELECT', String(database));
        await writeEntries(client, entries);
      }
      if (functions !== undefined) await client.send('FUNCTION', 'RESTORE', functions, 'FLUSH');
      if (users) await restoreUsers(client, users);
    },
    async openKeeper({ host, port }) {
      const leased = target(host, port);
      const client = await openLastingClient(() => openRespClient(leased, { timeoutMs: NO_LIMIT_MS, encoding: 'latin1' }));
      try {
        const store = await openInstanceStore(client, appDatabases);
        const keeper = await createKeeper(store, { image, shared: store.sharedState });
        return { ...keeper, keep: async () => keep(await store.readImage(), leased) };
      } catch (error) {
        client[Symbol.dispose]();
        throw error;
      }
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

async function readSeed(
  seeded: RespTarget,
  appDatabases: number,
): Promise<{ readonly image: Image; readonly functions: string | undefined; readonly users: Users | undefined }> {
  using client = await openRespClient(seeded, { timeoutMs: NO_LIMIT_MS, encoding: 'latin1' });
  const image = await readImage(client, databasesIn(await client.send('INFO', 'keyspace'), appDatabases));
  const { functions, users } = await readShared(client);
  return { image, functions, users };
}
