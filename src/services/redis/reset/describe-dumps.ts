import { randomBytes } from 'node:crypto';
import type { RespClient } from '../resp.ts';
import { runLua } from './run-script.ts';
import { DESCRIBE } from './scripts.ts';
import type { Described } from './store.ts';

const CHANGES_EACH = 2; // written and deleted

/** Reads dumps by way of a key that nobody else has, in `scratch` or in the database that each is of; answers how many changes that made, too. */
export async function describeDumps(
  client: RespClient,
  entries: readonly { readonly database: number; readonly dump: string }[],
  scratch: number | undefined,
): Promise<{ described: readonly Described[]; changes: number }> {
  const key = `seatrial-look-${randomBytes(8).toString('hex')}`;
  const described: Described[] = [];
  for (const { database, dump } of entries) {
    await client.send('SELECT', String(scratch ?? database));
    const [type, value] = (await runLua(client, DESCRIBE, [dump], [key])) as [string, string];
    described.push({ type, value });
  }
  return { described, changes: CHANGES_EACH * entries.length };
}
