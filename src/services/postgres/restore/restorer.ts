import type { RewindConnection } from '../rewind/connection.ts';
import type { DefinitionScope, Restorer } from '../rewind/restorer.ts';
import { takeBaseline } from './baseline.ts';
import type { Seeded } from './fill.ts';
import { restoreInPlace } from './restore.ts';

export interface RestorerOptions {
  readonly seeded: Seeded;
  /** Replaces the lease's database by a fresh clone; ends all connections, ours too. */
  swap(connection: RewindConnection): Promise<void>;
}

/** What the undo log can't take back is restored in place, else the database is exchanged. */
export function createRestorer({ seeded, swap }: RestorerOptions): Restorer {
  return {
    async restore(connection, scope, reasons) {
      const nested = 'SELECT EXISTS (SELECT FROM seatrial.span) AS nested';
      const [depths] = await connection.query<{ nested: boolean }>(nested).catch(() => []);
      try {
        for (let tries = 1; ; tries++) {
          const changed = await tryRestore(connection, scope, seeded);
          if (changed !== undefined) return { how: 'restore', changed, isDone: false };
          if (tries === MOST_TRIES) throw new Error('other sessions kept reading or writing');
        }
      } catch (error) {
        await swap(connection);
        return exchanged(reasons, error as Error, depths?.nested === true);
      }
    },
    baseline: takeBaseline,
  };
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

function exchanged(reasons: readonly string[], error: Error, isNested: boolean): Awaited<ReturnType<Restorer['restore']>> {
  const lost = isNested ? '; what fixtures of the file had written is lost' : '';
  return {
    how: 'swap',
    disconnected: true,
    changed: reasons.length,
    isDone: true,
    fallback: `${reasons.join(', ')} could not be taken back in place: ${error.message.split('\n')[0]}${lost}`,
  };
}
