import type { Isolation } from '../../../core/isolation.ts';
import type { StateKeeper } from '../../../core/reset.ts';
import { SeatrialError } from '../../../errors.ts';
import { createRestorer } from '../restore/restorer.ts';
import { openRewindConnection, type RewindConnection } from '../rewind/connection.ts';
import { assertOurs, openRewind, type RewindKeeperOptions } from '../rewind/open-keeper.ts';
import { createDatabaseKeeper } from './database.ts';
import { ALL_TABLES, keepState, LOGGED_TABLES } from './keep-state.ts';
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
  const { server, templates } = request;
  const pristine = await templates.of('run');
  const keeping = (keeper: StateKeeper, connection: RewindConnection, tables: string): StateKeeper => ({
    ...keeper,
    keep: (name) => keepState(connection, { server, template: pristine, tables, name }),
  });
  if (isolation === 'rewind' || isolation === 'transaction') {
    const { keeper, connection } = await openUndoLog(request, await templates.of(isolation), pristine);
    return keeping(isolation === 'rewind' ? keeper : createTransactionKeeper(keeper, connection), connection, LOGGED_TABLES);
  }
  const create = await toFactory(isolation, request);
  const connection = await openOwn(request);
  return keeping(create(connection), connection, ALL_TABLES);
}

async function toFactory(
  isolation: Isolation,
  { lease, server, templates }: KeeperRequest,
): Promise<(connection: RewindConnection) => StateKeeper> {
  if (isolation === 'truncate') return createTruncateKeeper;
  if (isolation === 'schema') return createSchemaKeeper;
  if (isolation === 'database') {
    const seed = await templates.of(isolation);
    return (connection) => createDatabaseKeeper(connection, { lease, server, seed });
  }
  throw new SeatrialError('SEATRIAL_RESET_FAILED', `nothing is taken back by isolation ${isolation}`, {
    hint: 'use `--isolation rewind`',
  });
}

function openOwn({ lease, server, marker, allowReset }: KeeperRequest): Promise<RewindConnection> {
  return openRewindConnection({ ...server.target, database: lease.name }, async (query) => {
    if (!allowReset) await assertOurs(query, lease.name, marker);
  });
}

async function openUndoLog(
  { lease, server, marker, allowReset, strict = false }: KeeperRequest,
  captured: string,
  pristine: string,
) {
  const restorer = createRestorer({
    seeded: server.seeded(pristine),
    exchange: async (connection) => {
      await connection.client.end().catch(() => {});
      await server.exchange(lease, captured);
      await connection.ensure();
    },
  });
  return openRewind({ ...server.target, database: lease.name }, { marker, allowReset, restorer, strict });
}
