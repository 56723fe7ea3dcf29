import { randomBytes } from 'node:crypto';
import type { LeaseBook } from '../../core/service.ts';
import { SeatrialError } from '../../errors.ts';
import { toFields } from './fields.ts';
import { openRespClient, type RespClient, type RespTarget } from './resp.ts';

const CLAIM = 'seatrial-lease';
const CLAIM_ROUNDS = 5;
/** A lease lives as long as its connection: as long as the session. */
const LEASE_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * Leases on a Redis that is not ours: numbered databases which are empty and which nobody has claimed. The claim is the name of a connection
 * that is held while the lease lives, so nothing is written for it, and it ends with its holder whatever happens. FLUSHDB at the end is sent
 * over that very connection: without the claim there is nothing to flush with.
 */
export async function openExternalLeases(target: RespTarget): Promise<LeaseBook> {
  const held = new Map<string, RespClient>();
  const token = randomBytes(8).toString('hex');
  const drop = async (id: string) => {
    const client = held.get(id);
    if (!client) return;
    held.delete(id);
    try {
      await client.send('FLUSHDB');
    } finally {
      client[Symbol.dispose]();
    }
  };
  return {
    async create(id) {
      const { client, database } = await claimDatabase(target, `${token}-${id}`);
      held.set(id, client);
      return toFields({ ...target, database });
    },
    drop,
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled([...held.keys()].map(drop));
    },
  };
}

async function claimDatabase(target: RespTarget, holder: string): Promise<{ client: RespClient; database: number }> {
  const client = await openRespClient({ ...target, database: 0 }, { timeoutMs: LEASE_TIMEOUT_MS });
  try {
    const count = await countDatabases(client);
    for (let round = 0; round < CLAIM_ROUNDS; round++) {
      const first = Math.floor(Math.random() * count);
      for (let step = 0; step < count; step++) {
        const database = (first + step) % count;
        if (database !== (target.database ?? 0) && (await claim(client, database, holder))) return { client, database };
      }
    }
    throw new SeatrialError(
      'SEATRIAL_LEASE_FAILED',
      `no database of the Redis at ${target.host}:${target.port} is free: all ${count} hold data or are leased`,
      {
        hint: 'raise `databases` of that server, or let Seatrial start a Redis of its own',
      },
    );
  } catch (error) {
    client[Symbol.dispose]();
    throw error;
  }
}

/** First the claim, then a look around: of two at the same moment at least one sees the other, and gives up. */
async function claim(client: RespClient, database: number, holder: string): Promise<boolean> {
  const prefix = `${CLAIM}-${database}-`;
  await client.send('SELECT', String(database));
  if ((await client.send('DBSIZE')) !== 0) return false;
  await client.send('CLIENT', 'SETNAME', prefix + holder);
  const own = `id=${await client.send('CLIENT', 'ID')} `;
  const clients = String(await client.send('CLIENT', 'LIST')).split('\n');
  const isAlone = !clients.some((line) => line.includes(` name=${prefix}`) && !line.startsWith(own));
  if (isAlone && (await client.send('DBSIZE')) === 0) return true;
  await client.send('CLIENT', 'SETNAME', '');
  return false;
}

async function countDatabases(client: RespClient): Promise<number> {
  const reply = await client.send('CONFIG', 'GET', 'databases').catch(() => undefined);
  return Array.isArray(reply) ? Number(reply[1]) : 16;
}
