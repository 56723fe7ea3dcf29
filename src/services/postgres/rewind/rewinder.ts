import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../connect.ts';
import { openRewindConnection } from './connection.ts';

/** Takes one database back to its baseline, again and again. */
export interface Rewinder extends AsyncDisposable {
  rewind(): Promise<RewindOutcome>;
  /** The present state is the baseline from now on. */
  checkpoint(): Promise<void>;
}

export type RewindOutcome =
  | { readonly kind: 'done'; readonly dirtyTables: number; readonly leaks: readonly Leak[] }
  /** The log can't undo what happened: the database has to be made anew. */
  | { readonly kind: 'marked'; readonly reasons: readonly string[] };

/** A transaction that a test has left open; its session was ended. */
export interface Leak {
  readonly pid: number;
  readonly application: string;
  readonly state: string;
  readonly openForMs: number;
  readonly statement: string;
}

export interface RewinderOptions {
  /** How long other sessions may take to end their transactions; those that do not are ended, and reported. Default 500. */
  readonly patienceMs?: number;
}

/** The dead rows of the log and of the tables slow rewind down: 0.6 ms become 0.8 after 1,500 tests without this. */
const VACUUM_AFTER = 100;

export async function openRewinder(target: Target, options: RewinderOptions = {}): Promise<Rewinder> {
  const connection = await openRewindConnection(target);
  const patienceMs = options.patienceMs ?? 500;
  const dirtySinceVacuum = new Set<number>();
  let rewinds = 0;
  let idle: Promise<unknown> = Promise.resolve();

  const attempt = async () => {
    try {
      const [row] = await connection.prepared<{ outcome: string; dirty_tables: number[] | null }>(
        'seatrial-rewind',
        'SELECT outcome, dirty_tables::int8[]::int[] FROM seatrial.rewind()',
      );
      return { outcome: row?.outcome ?? 'busy', tables: row?.dirty_tables ?? [] };
    } catch (error) {
      if (isLockConflict(error)) return { outcome: 'busy', tables: [] };
      throw error;
    }
  };
  const vacuumWhenIdle = (tables: readonly number[]) => {
    for (const table of tables) dirtySinceVacuum.add(table);
    if (++rewinds % VACUUM_AFTER !== 0) return;
    const names = [...dirtySinceVacuum].map((oid) => `${oid}::regclass::text`);
    dirtySinceVacuum.clear();
    idle = vacuum(names).catch(() => {}); // a table that is locked now is vacuumed next time
  };
  const vacuum = async (names: readonly string[]) => {
    const [row] = await connection.query<{ all: string }>(
      `SELECT concat_ws(', ', 'seatrial.log', ${names.join(', ') || 'NULL'}) AS all`,
    );
    await connection.query(`VACUUM ${row?.all}`);
  };

  return {
    rewind: async () => {
      await idle;
      const leaks: Leak[] = [];
      const deadline = performance.now() + patienceMs;
      for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 20)) {
        const { outcome, tables } = await attempt();
        if (outcome === 'done') {
          vacuumWhenIdle(tables);
          return { kind: 'done', dirtyTables: tables.length, leaks };
        }
        if (outcome === 'marked') return { kind: 'marked', reasons: await readMarks(connection) };
        if (performance.now() >= deadline) leaks.push(...(await endOpenTransactions(connection)));
        await sleep(pauseMs);
      }
    },
    checkpoint: async () => {
      await idle;
      await connection.query('SELECT seatrial.take_checkpoint()');
    },
    [Symbol.asyncDispose]: async () => {
      await idle;
      await connection[Symbol.asyncDispose]();
    },
  };
}

type Connection = Awaited<ReturnType<typeof openRewindConnection>>;

async function readMarks(connection: Connection): Promise<string[]> {
  const marks = await connection.query<{ reason: string; detail: string | null }>(
    'SELECT DISTINCT reason, detail FROM seatrial.mark LIMIT 20',
  );
  return marks.map(({ reason, detail }) => (detail ? `${reason} ${detail}` : reason));
}

/** Ends the sessions that stand in the way and says what they were doing. */
async function endOpenTransactions(connection: Connection): Promise<Leak[]> {
  const ended = await connection.query<Leak & Record<string, unknown>>(`
    SELECT pid, application_name AS application, state, left(query, 500) AS statement,
           (extract(epoch FROM clock_timestamp() - xact_start) * 1000)::int AS "openForMs", pg_terminate_backend(pid) AS ended
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND xact_start IS NOT NULL`);
  return ended.map(({ pid, application, state, statement, openForMs }) => ({ pid, application, state, statement, openForMs }));
}

/** 40P01 deadlock, 55P03 lock timeout, 40001 and 57014: somebody writes at this moment. */
function isLockConflict(error: unknown): boolean {
  return ['40P01', '55P03', '40001', '57014'].includes((error as { code?: string }).code ?? '');
}
