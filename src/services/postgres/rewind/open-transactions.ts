import type { Leak } from '../../../core/reset.ts';
import type { RewindConnection } from './connection.ts';

/** A transaction that a test has left open; its session was ended. */
export interface OpenTransaction {
  readonly pid: number;
  readonly application: string;
  readonly state: string;
  readonly openForMs: number;
  readonly statement: string;
}

/** Ends the sessions that stand in the way, and says what they were doing: those that have written, else whoever may hold a lock. */
export async function endOpenTransactions(connection: RewindConnection): Promise<OpenTransaction[]> {
  const ended = await connection.query<OpenTransaction & Record<string, unknown>>(`
    WITH open AS MATERIALIZED (
      SELECT *, backend_xid IS NOT NULL OR state LIKE 'idle in transaction%' AND backend_xmin IS NOT NULL AS is_busy FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND xact_start IS NOT NULL
    )
    SELECT pid, application_name AS application, state, left(query, 500) AS statement,
           (extract(epoch FROM clock_timestamp() - xact_start) * 1000)::int AS "openForMs", pg_terminate_backend(pid) AS ended
    FROM open WHERE is_busy OR NOT EXISTS (SELECT FROM open WHERE is_busy)`);
  if (ended.length === 0) return rollBackPrepared(connection);
  return ended.map(({ pid, application, state, statement, openForMs }) => ({ pid, application, state, statement, openForMs }));
}

/** Transactions of two-phase commit have no session; they hold their locks until somebody ends them. */
async function rollBackPrepared(connection: RewindConnection): Promise<OpenTransaction[]> {
  const prepared = await connection.query<{ gid: string; sql: string; openForMs: number }>(`
    SELECT gid, format('ROLLBACK PREPARED %L', gid) AS sql, (extract(epoch FROM clock_timestamp() - prepared) * 1000)::int AS "openForMs"
    FROM pg_prepared_xacts WHERE database = current_database()`);
  for (const { sql } of prepared) await connection.query(sql).catch(() => {}); // its owner may have ended it meanwhile
  return prepared.map(({ gid, openForMs }) => ({
    pid: 0,
    application: '',
    state: 'prepared',
    openForMs,
    statement: `PREPARE TRANSACTION '${gid}'`,
  }));
}

export function toLeak({ pid, application, state, openForMs, statement }: OpenTransaction): Leak {
  const who = [application, pid > 0 ? `pid ${pid}` : ''].filter(Boolean).join(', ');
  return {
    kind: 'transaction',
    text: `${state} for ${openForMs} ms${who ? ` (${who})` : ''}: ${statement.replace(/\s+/g, ' ').trim()}`,
  };
}
