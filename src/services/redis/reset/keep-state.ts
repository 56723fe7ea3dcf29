import type { Kept } from '../../../core/reset.ts';
import { toFields } from '../fields.ts';
import { openRespClient, type RespTarget } from '../resp.ts';
import { notesDatabase } from './hidden-databases.ts';
import { type Image, writeEntries } from './image.ts';

const KEEP_TIMEOUT_MS = 600_000;

/**
 * Copies states of leases to the session's own server, which outlives them: to databases behind the app's, of which nothing is told to anybody
 * and which only leased servers need for resets.
 */
export function createKeep(main: RespTarget, appDatabases: number): (image: Image, lease: RespTarget) => Promise<Kept> {
  let next = appDatabases;
  return async (image, lease) => {
    const from = image.size === 0 ? [0] : [...image.keys()].sort((a, b) => a - b);
    const first = next;
    next += from.length;
    if (next > notesDatabase(appDatabases)) {
      const { url } = toFields(lease);
      return { url, open: `redis-cli -u ${url} # as long as its worker lives: there is no room for more kept states` };
    }
    using client = await openRespClient(main, { timeoutMs: KEEP_TIMEOUT_MS, encoding: 'latin1' });
    for (const [index, database] of from.entries()) {
      await client.send('SELECT', String(first + index));
      await writeEntries(client, image.get(database) ?? new Map());
    }
    const { url } = toFields({ ...main, database: first });
    const others = from.map((database, index) => `${database} is ${first + index}`).join(', ');
    return { url, open: `redis-cli -u ${url}${from.length > 1 ? ` # of the lease's databases, ${others}` : ''}` };
  };
}
