import type { Seed } from '../../../core/service.ts';
import { openRespClient, type RespTarget } from '../resp.ts';
import { countKeys, databasesIn, type Image, readImage, writeEntries } from './image.ts';
import { openInstanceStore } from './instance-store.ts';
import { createKeeper } from './keeper.ts';
import { readShared } from './shared-state.ts';

/** A keeper talks to its server as long as the lease lives. */
const NO_LIMIT_MS = 2 ** 31 - 1;

/** Reads all that migrations and seed have left: keys of every database, and functions. */
export async function openSeed(
  seeded: RespTarget,
  target: (host: string, port: number) => RespTarget,
  appDatabases: number,
): Promise<Seed> {
  const { image, functions } = await readSeed(seeded, appDatabases);
  return {
    async fill({ host, port }) {
      if (countKeys(image) === 0 && functions === undefined) return;
      using client = await openRespClient(target(host, port), { timeoutMs: NO_LIMIT_MS, encoding: 'latin1' });
      for (const [database, entries] of image) {
        await client.send('SELECT', String(database));
        await writeEntries(client, entries);
      }
      if (functions !== undefined) await client.send('FUNCTION', 'RESTORE', functions, 'FLUSH');
    },
    async openKeeper({ host, port }) {
      const client = await openRespClient(target(host, port), { timeoutMs: NO_LIMIT_MS, encoding: 'latin1' });
      try {
        const store = await openInstanceStore(client, appDatabases);
        return await createKeeper(store, { image, shared: store.sharedState });
      } catch (error) {
        client[Symbol.dispose]();
        throw error;
      }
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

async function readSeed(seeded: RespTarget, appDatabases: number): Promise<{ image: Image; functions: string | undefined }> {
  using client = await openRespClient(seeded, { timeoutMs: NO_LIMIT_MS, encoding: 'latin1' });
  const image = await readImage(client, databasesIn(await client.send('INFO', 'keyspace'), appDatabases));
  const { functions } = await readShared(client);
  return { image, functions };
}
