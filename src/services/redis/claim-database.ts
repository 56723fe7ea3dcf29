import { SeatrialError } from '../../errors.ts';
import { openRespClient, type RespClient, type RespTarget } from './resp.ts';

const CLAIM = 'seatrial-lease';
const CLAIM_ROUNDS = 5;
/** A claim lives as long as its connection: as long as the session. */
const CLAIM_TIMEOUT_MS = 2 ** 31 - 1;

/** Finds an empty numbered database and claims it by the name of a connection, so that nothing is written for it and it ends with its holder. */
export async function claimEmptyDatabase(target: RespTarget, holder: string): Promise<{ client: RespClient; database: number }> {
  const client = await openRespClient({ ...target, database: 0 }, { timeoutMs: CLAIM_TIMEOUT_MS, encoding: 'latin1' });
  try {
    const count = await countDatabases(client);
    for (let round = 0; round < CLAIM_ROUNDS; round++) {
      const first = Math.floor(Math.random() * count);
      for (let step = 0; step < count; step++) {
        const database = (first + step) % count;
        if (database === (target.database ?? 0) || !(await claim(client, database, holder))) continue;
        if ((await client.send('DBSIZE')) === 0) return { client, database };
        await client.send('CLIENT', 'SETNAME', '');
      }
    }
    throw new SeatrialError(
      'SEATRIAL_LEASE_FAILED',
      `no database of the Redis at ${target.host}:${target.port} is free: all ${count} hold data or are leased`,
      { hint: 'raise `databases` of that server, or let Seatrial start a Redis of its own' },
    );
  } catch (error) {
    client[Symbol.dispose]();
    throw error;
  }
}

export function claimName(database: number, holder: string): string {
  return `${CLAIM}-${database}-${holder}`;
}

/**
 * Selects a database and claims it; false when somebody else has. First the claim, then a look around: of two at the same moment at least
 * one sees the other, and gives up.
 */
export async function claim(client: RespClient, database: number, holder: string): Promise<boolean> {
  const prefix = claimName(database, '');
  await client.send('SELECT', String(database));
  await client.send('CLIENT', 'SETNAME', prefix + holder);
  const own = `id=${await client.send('CLIENT', 'ID')} `;
  const clients = String(await client.send('CLIENT', 'LIST')).split('\n');
  if (!clients.some((line) => line.includes(` name=${prefix}`) && !line.startsWith(own))) return true;
  await client.send('CLIENT', 'SETNAME', '');
  return false;
}

async function countDatabases(client: RespClient): Promise<number> {
  const reply = await client.send('CONFIG', 'GET', 'databases').catch(() => undefined);
  return Array.isArray(reply) ? Number(reply[1]) : 16;
}
