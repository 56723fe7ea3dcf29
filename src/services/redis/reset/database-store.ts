import type { RespClient } from '../resp.ts';
import { describeDumps } from './describe-dumps.ts';
import { readImage, writeEntries } from './image.ts';
import { keysTouched, look } from './look.ts';
import type { Store } from './store.ts';

/**
 * One numbered database of a server that is not ours, over the connection that holds the claim on it: without it there is nothing to write
 * with. What others write there in other databases counts as touched, too, and costs a reset for nothing.
 */
export async function openDatabaseStore(client: RespClient, database: number, claim: string): Promise<Store> {
  const ask = () => look(client, false).catch(() => undefined); // a server may forbid INFO
  const read = () => readImage(client, [database]);
  let marked = await ask();
  return {
    mark: async () => {
      marked = await ask();
    },
    touched: async () => {
      const now = await ask();
      if (!now || !marked) return 1;
      return keysTouched(marked, now) ? Math.max(1, now.changes - marked.changes) : 0;
    },
    capture: async () => ({ image: await read() }),
    keep: async () => {},
    restore: async ({ image }) => {
      const name = await client.send('CLIENT', 'GETNAME');
      if (name !== claim)
        throw new Error(`database ${database} is not claimed by this lease any more (its connection is called ${name})`);
      await client.send('SELECT', String(database));
      await client.send('FLUSHDB');
      await writeEntries(client, image.get(database) ?? new Map());
      marked = await ask();
      return { how: image.size === 0 ? 'flush' : 'restore' };
    },
    readImage: read,
    describe: async (entries) => (await describeDumps(client, entries, undefined)).described,
    [Symbol.dispose]: () => {}, // the lease holds the connection
  };
}
