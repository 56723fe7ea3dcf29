import type { Leak } from '../../../core/reset.ts';
import { quoteName } from '../identifier.ts';
import type { RewindConnection, Row } from './connection.ts';

/** A session that is in a transaction, as InnoDB itself tells it: unlike information_schema.INNODB_TRX this is never old. */
export interface OpenSession {
  readonly threadId: number;
  /** Between two statements, and holds locks or sees the rows as they were when it began. */
  readonly isStale: boolean;
  /** Holds locks, or is stale, or keeps a table from being altered. */
  readonly isInTheWay: boolean;
}

export const READ_SESSIONS = 'SHOW ENGINE INNODB STATUS';

export function parseSessions(rows: readonly Row[], own: readonly number[]): readonly OpenSession[] {
  const status = String(rows[0]?.Status ?? '');
  const list = status.slice(status.indexOf('LIST OF TRANSACTIONS FOR EACH SESSION')).split('\n--------\n')[0] ?? '';
  return list.split('\n---TRANSACTION ').flatMap((text) => {
    const [, id, after = ''] = text.match(/thread id (\d+),[^\n]*?query id \d+([^\n]*(?:\n[^\n]*)?)/) ?? [];
    if (!/^[^,]+, ACTIVE/.test(text) || id === undefined || own.includes(Number(id))) return [];
    const [line = '', next = ''] = after.split('\n');
    // `host user state` and the statement below; an idle session has no state and no statement.
    const isIdle = line.endsWith(' ') && (next === '' || /^(Trx read view|TABLE LOCK|RECORD LOCKS|-)/.test(next));
    const holdsLocks = !/\n0 lock struct/.test(text);
    return [
      {
        threadId: Number(id),
        isStale: isIdle && (holdsLocks || text.includes('Trx read view will not see')),
        isInTheWay: isIdle || holdsLocks,
      },
    ];
  });
}

/** Those that have been stale since the first call. */
export function watchStale(): (sessions: readonly OpenSession[]) => readonly OpenSession[] {
  let stale: readonly number[] | undefined;
  return (sessions) => {
    const now = sessions.filter(({ isStale }) => isStale);
    const first = stale;
    stale = now.map(({ threadId }) => threadId).filter((id) => first === undefined || first.includes(id));
    return now.filter(({ threadId }) => stale?.includes(threadId));
  };
}

/**
 * Ends the sessions that stand in the way, and says what they were doing. `writers` hold locks on the log; where none does, it is whoever has
 * a transaction in these databases.
 */
export async function endSessions(
  connection: RewindConnection,
  log: string,
  databases: readonly string[],
  threadIds: readonly number[],
  names: ReadonlyMap<number, string>,
): Promise<readonly Leak[]> {
  const [, uncommitted = [], , sessions = []] = await connection.batch([
    'SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED',
    `SELECT conn, rel, COUNT(*) AS n FROM ${quoteName(log)}.log GROUP BY conn, rel`,
    'DO 0',
    `SELECT ID AS id, USER AS user, HOST AS host, DB AS db, COMMAND AS command, TIME_MS AS ms, INFO AS info FROM information_schema.PROCESSLIST`,
  ]);
  const leaks: Leak[] = [];
  for (const { id, user, host, db, command, ms, info } of sessions) {
    const isListed = threadIds.includes(Number(id));
    if (!isListed || command === 'Killed' || (db !== null && db !== '' && !databases.includes(String(db)))) continue;
    const written = uncommitted
      .filter(({ conn }) => Number(conn) === Number(id))
      .map(({ rel }) => names.get(Number(rel)) ?? `table ${rel}`);
    const doing = info === null || command === 'Sleep' ? 'idle in transaction' : 'still at work';
    const what =
      info === null
        ? written.length > 0
          ? `has written to ${[...new Set(written)].join(', ')}`
          : 'has read'
        : String(info).slice(0, 500);
    await connection.query(`KILL CONNECTION ${Number(id)}`).catch(() => {});
    const text = `${doing} for ${Math.round(Number(ms))} ms (${user}@${host}, connection ${id}): ${what}`;
    leaks.push({ kind: 'transaction', text: text.replace(/\s+/g, ' ').trim() });
  }
  return leaks;
}

/** Prepared transactions outlive their session and hold its locks: nobody could ever be rid of them but by name. */
export async function rollBackPrepared(connection: RewindConnection): Promise<readonly Leak[]> {
  const leaks: Leak[] = [];
  for (const { data } of await connection.query("XA RECOVER FORMAT='SQL'")) {
    await connection.query(`XA ROLLBACK ${data}`).catch(() => {}); // its session is still there: it is ended as any other
    leaks.push({ kind: 'transaction', text: `a prepared transaction that nobody has committed: ${data}` });
  }
  return leaks;
}
