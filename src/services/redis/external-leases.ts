import { randomBytes } from 'node:crypto';
import type { LeaseBook } from '../../core/service.ts';
import { SeatrialError } from '../../errors.ts';
import { toFields } from './fields.ts';
import { openRespClient, type RespClient, type RespTarget } from './resp.ts';

const CLAIM = 'seatrial-lease';
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
    const passedOver: number[] = [];
    for (let database = 0; database < count; database++) {
      if (database === (target.database ?? 0)) continue;
      if (await claim(client, database, holder)) return { client, database };
      passedOver.push(database);
    }
    throw new SeatrialError(
      'SEATRIAL_LEASE_FAILED',
      `no database of the Redis at ${target.host}:${target.port} is free: ${passedOver.length} hold data or are leased`,
      {
        hint: 'raise `databases` of that server, or let Seatrial start a Redis of its own',
      },
    );
  } catch (error) {
    client[Symbol.dispose]();
    throw error;
  }
}

/** Of two that claim one database at the same moment, the connection with the lower id has it. */
async function claim(client: RespClient, database: number, holder: string): Promise<boolean> {
  const prefix = `${CLAIM}-${database}-`;
  await client.send('SELECT', String(database));
  if ((await client.send('DBSIZE')) !== 0) return false;
  await client.send('CLIENT', 'SETNAME', prefix + holder);
  const own = Number(await client.send('CLIENT', 'ID'));
  const others = String(await client.send('CLIENT', 'LIST'))
    .split('\n')
    .filter((line) => line.includes(` name=${prefix}`))
    .map((line) => Number(/^id=(\d+)/.exec(line)?.[1]))
    .filter((id) => id !== own);
  if (others.length === 0 || Math.min(...others) > own) return (await client.send('DBSIZE')) === 0;
  await client.send('CLIENT', 'SETNAME', '');
  return false;
}

async function countDatabases(client: RespClient): Promise<number> {
  const reply = await client.send('CONFIG', 'GET', 'databases').catch(() => undefined);
  return Array.isArray(reply) ? Number(reply[1]) : 16;
}
