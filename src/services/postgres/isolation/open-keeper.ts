import type { Isolation } from '../../../core/isolation.ts';
import type { StateKeeper } from '../../../core/reset.ts';
import { SeatrialError } from '../../../errors.ts';
import { createRestorer } from '../restore/restorer.ts';
import { openRewindConnection } from '../rewind/connection.ts';
import { assertOurs, openRewind, type RewindKeeperOptions } from '../rewind/open-keeper.ts';
import { createDatabaseKeeper } from './database.ts';
import type { LeaseServer } from './lease-server.ts';
import { createSchemaKeeper } from './schema.ts';
import type { Templates } from './templates.ts';
import { createTransactionKeeper } from './transaction.ts';
import { createTruncateKeeper } from './truncate.ts';

export interface KeeperRequest extends Omit<RewindKeeperOptions, 'restorer'> {
  readonly lease: { readonly name: string; readonly id: string };
  readonly server: LeaseServer;
  readonly templates: Templates;
}

/** What takes the database of a lease back after each test. */
export async function openKeeper(isolation: Isolation, request: KeeperRequest): Promise<StateKeeper> {
  const { lease, server, templates, marker, allowReset, strict } = request;
  const target = { ...server.target, database: lease.name };
  const connect = () =>
    openRewindConnection(target, async (query) => {
      if (!allowReset) await assertOurs(query, target.database, marker);
    });
  const openUndoLog = async () => {
    const seed = await templates.of(isolation);
    const restorer = createRestorer({
      seeded: server.seeded(await templates.of('run')),
      exchange: async (connection) => {
        await connection.client.end().catch(() => {});
        await server.exchange(lease, seed);
        await connection.ensure();
      },
    });
    return openRewind(target, { marker, allowReset, restorer, ...(strict === undefined ? {} : { strict }) });
  };
  switch (isolation) {
    case 'rewind':
      return (await openUndoLog()).keeper;
    case 'transaction': {
      const { keeper, connection } = await openUndoLog();
      return createTransactionKeeper(keeper, connection);
    }
    case 'database':
      return createDatabaseKeeper(await connect(), { lease, server, seed: await templates.of(isolation) });
    case 'truncate':
      return createTruncateKeeper(await connect());
    case 'schema':
      return createSchemaKeeper(await connect());
    default:
      throw new SeatrialError('SEATRIAL_RESET_FAILED', `nothing is taken back by isolation ${isolation}`, {
        hint: 'use `--isolation rewind`',
      });
  }
}
