import { setTimeout as sleep } from 'node:timers/promises';
import type { Leak } from '../../../core/reset.ts';
import { SeatrialError } from '../../../errors.ts';
import { isLockConflict, type RewindConnection } from './connection.ts';
import { endSessions, type OpenSession, parseSessions, READ_SESSIONS, rollBackPrepared } from './open-transactions.ts';

export interface Patience {
  readonly connection: RewindConnection;
  readonly log: string;
  readonly databases: readonly string[];
  /** How long other sessions may take to end their transactions; those that do not are ended, and reported. */
  readonly patienceMs: number;
  /** Names of tables by their number in the log. */
  readonly names: () => ReadonlyMap<number, string>;
}

/** Ends of sessions take a moment: a rollback of many rows, say. */
const GIVE_UP_AFTER_MS = 10_000;

/**
 * Tries until nobody is in the way. Sessions that hold locks, or that sit in a transaction with a snapshot of old rows ever since the first try, are
 * ended when patience is over. `attempt` answers the sessions that it saw when it must be tried again; what it has begun is rolled back then.
 */
export async function whenCalm<T>(
  patience: Patience,
  attempt: () => Promise<{ readonly value: T } | { readonly sessions: readonly OpenSession[] }>,
): Promise<{ readonly value: T; readonly leaks: readonly Leak[] }> {
  let isQueued = false;
  try {
    return await tryAgain(patience, attempt, async () => {
      if (isQueued) return;
      isQueued = true;
      await patience.connection.query('SET innodb_lock_wait_timeout = 1');
    });
  } finally {
    if (isQueued) await patience.connection.query('SET innodb_lock_wait_timeout = 0').catch(() => {});
  }
}

/** `queue`: from now on wait in line for locks. An app that writes all the time would never let anybody in who does not. */
async function tryAgain<T>(
  { connection, log, databases, patienceMs, names }: Patience,
  attempt: () => Promise<{ readonly value: T } | { readonly sessions: readonly OpenSession[] }>,
  queue: () => Promise<void>,
): Promise<{ readonly value: T; readonly leaks: readonly Leak[] }> {
  const leaks: Leak[] = [];
  const startedAt = performance.now();
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 20)) {
    const outcome = await attempt().catch(async (error) => {
      if (isLockConflict(error)) return undefined;
      await connection.query('ROLLBACK').catch(() => {}); // else the next transaction would commit what was done half
      throw error;
    });
    if (outcome && 'value' in outcome) return { value: outcome.value, leaks };
    await connection.query('ROLLBACK');
    const elapsedMs = performance.now() - startedAt;
    if (elapsedMs > patienceMs + GIVE_UP_AFTER_MS)
      throw new SeatrialError(
        'SEATRIAL_RESET_FAILED',
        `other sessions hold locks in ${databases.join(', ')} and could not be ended`,
        {
          hint: 'look at SHOW ENGINE INNODB STATUS and SHOW PROCESSLIST of the server',
          details: { leaks: leaks.map(({ text }) => text) },
        },
      );
    if (elapsedMs >= patienceMs) {
      await queue();
      const open =
        outcome?.sessions ??
        parseSessions(await connection.query(READ_SESSIONS), connection.threadIds).filter(({ isInTheWay }) => isInTheWay);
      const threads = open.map(({ threadId }) => threadId);
      const ended = threads.length > 0 ? await endSessions(connection, log, databases, threads, names()) : [];
      leaks.push(...ended, ...(ended.length === 0 ? await rollBackPrepared(connection) : []));
    }
    await sleep(pauseMs);
  }
}
