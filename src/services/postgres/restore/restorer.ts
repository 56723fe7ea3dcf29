import type { RewindConnection } from '../rewind/connection.ts';
import type { DefinitionScope, Restored, Restorer } from '../rewind/restorer.ts';
import { takeBaseline } from './baseline.ts';
import type { Seeded } from './fill.ts';
import { restoreInPlace } from './restore.ts';
import { createTidier } from './tidy.ts';

export interface RestorerOptions {
  readonly seeded: Seeded;
  /** Replaces the lease's database by a fresh clone; ends all connections, and opens ours again. */
  exchange(connection: RewindConnection): Promise<void>;
}

/** What the undo log can't take back is restored in place, else the database is exchanged. */
export function createRestorer(options: RestorerOptions): Restorer {
  const tidier = createTidier();
  const exchange = async (connection: RewindConnection, why: string): Promise<Restored> => {
    const hadFixtures = await hasFixtures(connection);
    await options.exchange(connection);
    tidier.forget();
    const lost = hadFixtures ? '; what fixtures had written is lost' : '';
    return { how: 'swap', disconnected: true, changed: 1, isDone: true, fallback: `${why}${lost}` };
  };
  return {
    async restore(connection, scope, reasons) {
      try {
        for (let tries = 1; ; tries++) {
          const changed = await tryRestore(connection, scope, options.seeded);
          if (changed !== undefined) return { how: 'restore', changed, isDone: false };
          if (tries === MOST_TRIES) throw new Error('other sessions kept reading or writing');
        }
      } catch (error) {
        const [why] = (error as Error).message.split('\n');
        return exchange(connection, `${reasons.join(', ')} could not be taken back in place: ${why}`);
      }
    },
    exchange: (connection, reasons) => exchange(connection, reasons.join(', ')),
    baseline: takeBaseline,
    tidy: tidier.tidy,
  };
}

/** Rows that the seed does not have, and that no test has written. A schema that is gone can't tell. */
async function hasFixtures(connection: RewindConnection): Promise<boolean> {
  await connection.ensure();
  const [row] = await connection
    .query<{ there: boolean }>('SELECT EXISTS (SELECT FROM seatrial.span) OR EXISTS (SELECT FROM seatrial.unlike_seed) AS there')
    .catch(() => [{ there: true }]);
  return row?.there !== false;
}

const MOST_TRIES = 20;

/** Answers undefined when somebody stood in the way: nothing has happened then. */
async function tryRestore(connection: RewindConnection, scope: DefinitionScope, seeded: Seeded): Promise<number | undefined> {
  await connection.query('BEGIN');
  try {
    const [before] = await connection.query<{ quiet: boolean; nested: boolean }>(
      'SELECT seatrial.is_quiet() AS quiet, EXISTS (SELECT FROM seatrial.span) AS nested',
    );
    if (before?.quiet) {
      const changed = await restoreInPlace(connection, scope, seeded);
      if (before.nested || (await rewindFlat(connection))) {
        await connection.query('COMMIT');
        return changed;
      }
    }
    await connection.query('ROLLBACK');
    return undefined;
  } catch (error) {
    await connection.query('ROLLBACK').catch(() => {});
    if (LOCK_CONFLICTS.includes((error as { code?: string }).code ?? '')) return undefined;
    throw error;
  }
}

/** Where there is one checkpoint, rows that were copied back are of the baseline only if it moves, and it can move only once all is undone. */
async function rewindFlat(connection: RewindConnection): Promise<boolean> {
  const [rewound] = await connection.query<{ outcome: string }>('SELECT outcome FROM seatrial.rewind()');
  await connection.query('UPDATE seatrial.checkpoint SET xid = pg_current_xact_id()::xid');
  return rewound?.outcome === 'done';
}

/** 40P01 deadlock, 55P03 lock timeout, 40001 and 57014. */
const LOCK_CONFLICTS = ['40P01', '55P03', '40001', '57014'];
