import type { StateKeeper } from '../../../core/reset.ts';
import { SeatrialError } from '../../../errors.ts';
import type { Target } from '../connect.ts';
import { type Marker, parseMarker } from '../marker.ts';
import type { RewindConnection } from './connection.ts';
import { readIsSuperuser } from './install.ts';
import { createRewindKeeper } from './keeper.ts';
import { CRASHED, type Restorer } from './restorer.ts';
import { openRewinder } from './rewinder.ts';
import { createServerWatch } from './server-watch.ts';
import { watchUnlogged } from './unlogged-state.ts';
import { createWatchedKeeper } from './watched-keeper.ts';

export interface RewindKeeperOptions {
  /** The one that the database must carry. */
  readonly marker: Pick<Marker, 'what' | 'token'>;
  /** Without the marker too. */
  readonly allowReset: boolean;
  readonly restorer?: Restorer;
  /** Tests are watched for changes of what all databases share. */
  readonly strict?: boolean;
}

/** What takes a clone of the captured template back after each test, and the connection that it uses. */
export async function openRewind(
  target: Target,
  { marker, allowReset, restorer, strict = false }: RewindKeeperOptions,
): Promise<{ readonly keeper: StateKeeper; readonly connection: RewindConnection }> {
  const rewinder = await openRewinder(target, {
    onOpen: async (query) => {
      if (!allowReset) await assertOurs(query, target.database, marker);
      await query(NOTICE_CRASH);
    },
  });
  const { connection } = rewinder;
  try {
    const isSuperuser = await readIsSuperuser(connection);
    const notes = await connection.query<{ text: string }>('SELECT text FROM seatrial.note');
    const keeper = createRewindKeeper(rewinder, restorer && !isSuperuser ? onlyExchanging(restorer) : restorer);
    const watch = strict ? createServerWatch(rewinder, target.database) : undefined;
    await watch?.changes();
    const isUntouched = await watchUnlogged(rewinder);
    return { keeper: createWatchedKeeper(keeper, { watch, notes: notes.map(({ text }) => text), isUntouched }), connection };
  } catch (error) {
    await rewinder[Symbol.asyncDispose]();
    throw error;
  }
}

/** Only superusers can write definitions back in place. */
function onlyExchanging(restorer: Restorer): Restorer {
  const { exchange } = restorer;
  return {
    restore: (connection, scope, reasons) =>
      exchange ? exchange(connection, reasons) : restorer.restore(connection, scope, reasons),
    ...(exchange ? { exchange } : {}),
    baseline: async () => {},
  };
}

/**
 * A crash of the server empties unlogged tables, the log among them: it can't tell any more what was written. In templates too, so clones that
 * nobody has opened yet prove nothing.
 */
const NOTICE_CRASH = `
  WITH here AS (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()),
  known AS (SELECT FROM seatrial.opened o JOIN here ON here.oid = o.database),
  first AS (INSERT INTO seatrial.opened SELECT oid FROM here WHERE NOT EXISTS (SELECT FROM known)),
  lost AS (INSERT INTO seatrial.alive SELECT true WHERE NOT EXISTS (SELECT FROM seatrial.alive) RETURNING yes)
  INSERT INTO seatrial.mark SELECT '${CRASHED}' FROM lost WHERE EXISTS (SELECT FROM known)`;

/** Asked once a connection: a connection can't change its database. */
export async function assertOurs(
  query: RewindConnection['query'],
  database: string,
  expected: RewindKeeperOptions['marker'],
): Promise<void> {
  const [row] = await query<{ comment: string | null }>(
    `select pg_catalog.shobj_description(oid, 'pg_database') as comment from pg_catalog.pg_database where datname = current_database()`,
  );
  const marker = parseMarker(row?.comment);
  if (marker?.what === expected.what && marker.token === expected.token) return;
  throw new SeatrialError(
    'SEATRIAL_RESET_NOT_ALLOWED',
    `the database ${database} does not carry our marker, so nothing in it is reset`,
    {
      hint: 'it was not made by Seatrial: `allowReset: true` of the service allows it',
      details: { database, comment: row?.comment ?? null },
    },
  );
}
