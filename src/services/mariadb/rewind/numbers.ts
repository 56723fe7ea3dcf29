import { setImmediate as afterReport } from 'node:timers/promises';
import type { Leak } from '../../../core/reset.ts';
import { quoteName } from '../identifier.ts';
import type { Baseline } from './baseline.ts';
import { type Patience, whenCalm } from './calm.ts';
import { isLockConflict, type RewindConnection } from './connection.ts';
import type { LookOptions } from './look.ts';
import { parseSessions, READ_SESSIONS } from './open-transactions.ts';
import { inDatabases, sqlName } from './table-shape.ts';

/** Where AUTO_INCREMENT and sequences are. */
export interface Numbers {
  /** The next number of each table, by the name that InnoDB gives it. */
  readonly tables: ReadonlyMap<string, string>;
  /** The next value of each sequence that is not in the server's memory yet, in the order of `sequences`. */
  readonly sequences: readonly string[];
}

export async function readNumbers(connection: RewindConnection, { tables, sequences }: LookOptions): Promise<Numbers> {
  const counted = tables.filter((table) => table.isTransactional && table.autoIncrement !== undefined);
  const folders = [...new Set(counted.map(({ file }) => file.split('/')[0] ?? ''))];
  const read = async () => {
    const [rows = [], ...next] = await connection.aside([
      `SELECT NAME AS file, AUTOINC AS next FROM information_schema.INNODB_SYS_TABLESTATS WHERE AUTOINC > 0 AND ${inDatabases("SUBSTRING_INDEX(NAME, '/', 1)", folders)}`,
      ...sequences.map((name) => `SELECT next_not_cached_value AS next FROM ${name}`),
    ]);
    const tables = new Map<string, string>();
    for (const row of rows) {
      const file = String(row.file).replace(/#p#.*/i, ''); // the highest of its partitions is that of the table
      if (BigInt(String(row.next)) > BigInt(tables.get(file) ?? 0)) tables.set(file, String(row.next));
    }
    return {
      tables,
      sequences: next.map(([row]) => String(row?.next)),
    };
  };
  const numbers = await read();
  const unopened = counted.filter(({ file }) => !numbers.tables.has(file));
  if (unopened.length === 0) return numbers;
  for (const table of unopened) // InnoDB knows the number of a table only once it was opened
    await connection.aside([`SELECT 1 FROM ${sqlName(table)} LIMIT 0`]).catch((error) => {
      if (!isGone(error)) throw error;
    });
  return read();
}

/** 1146 no such table, 4091 no such sequence: dropped by somebody meanwhile, so it has no number. */
function isGone(error: unknown): boolean {
  return [1146, 4091].includes((error as { errno?: number }).errno ?? 0);
}

/** A number that is not where it was. */
interface Move {
  readonly sql: string;
  readonly what: string;
  /** InnoDB's name of the table; undefined = of a sequence. */
  readonly file?: string;
}

function findMoves(before: Baseline, now: Numbers, { tables, sequences }: LookOptions): readonly Move[] {
  const from = (is: string | undefined, was: string) => (is === undefined ? `not ${was}` : `${is}, not ${was}`);
  return [
    ...tables.flatMap((table): Move[] => {
      const [was, is] = [before.numbers.get(table.file), now.tables.get(table.file)];
      if (table.autoIncrement === undefined || was === undefined || was === is) return [];
      const sql = `ALTER TABLE ${sqlName(table)} AUTO_INCREMENT = ${was}`;
      return [{ sql, file: table.file, what: `AUTO_INCREMENT of ${table.name} is ${from(is, was)}` }];
    }),
    ...sequences.flatMap((name, i): Move[] => {
      const [was, is] = [before.sequences[i], now.sequences[i]];
      if (was === undefined || was === is) return [];
      return [{ sql: `ALTER SEQUENCE ${name} RESTART WITH ${was}`, what: `the sequence ${name} is at ${from(is, was)}` }];
    }),
  ];
}

export interface NumberKeeper {
  /**
   * Sets numbers back to this baseline. Each table costs an ALTER TABLE, which has to have it alone: done while the runner turns to the next test.
   * With `isAnyoneOpen`, a session in a transaction could keep a table for good, so it is waited for, ended and told as any other that is in the way.
   */
  setBack(before: Baseline, isAnyoneOpen: boolean): Promise<readonly Leak[]>;
  /** What is done in the background has ended. */
  idle(): Promise<void>;
  /** The same; what somebody was in the way of then has been tried again. Tells the numbers that are still not right. */
  settle(): Promise<readonly Leak[]>;
  /** These numbers as a baseline: those that are not right yet are not taken for it. */
  toBaseline(numbers: Numbers): Pick<Baseline, 'numbers' | 'sequences'>;
}

/** How long statements of others that hold a table are waited for: these are not ended. */
const LONGEST_WAIT_S = 1;
/** How long the end of sessions is waited for. */
const LONGEST_END_MS = 5000;

export function createNumberKeeper(
  patience: Patience,
  {
    look,
    recount,
    first,
  }: {
    readonly look: () => LookOptions;
    readonly recount: () => Promise<void>;
    /** What else is to be done in the background. */
    readonly first: () => Promise<void>;
  },
): NumberKeeper {
  const { connection, databases, patienceMs } = patience;
  let idle: Promise<unknown> = Promise.resolve();
  let late: { readonly before: Baseline; readonly failed: readonly Move[] | 'unknown' } | undefined;

  /** Tells what failed. Nothing waits, or all in line for so long: InnoDB's purge takes tables for moments, again and again. */
  const attempt = async (before: Baseline, waitS: number): Promise<readonly Move[] | 'unknown'> => {
    const now = await readNumbers(connection, look()).catch((error: unknown) => {
      if (!isLockConflict(error)) throw error;
    });
    if (now === undefined) return 'unknown';
    const moves = findMoves(before, now, look());
    const half = Math.ceil(moves.length / 2);
    const parts = await Promise.allSettled([
      runInTurn(connection.batch, moves.slice(0, half), waitS),
      runInTurn(connection.aside, moves.slice(half), waitS),
    ]);
    if (moves.length > 0) await recount();
    return parts.flatMap((part) => {
      if (part.status === 'rejected') throw part.reason;
      return part.value;
    });
  };
  const note = (before: Baseline, failed: readonly Move[] | 'unknown') => {
    late = failed.length > 0 ? { before, failed } : undefined;
  };
  const setBackSoon = async (before: Baseline) => {
    const failed = await attempt(before, 0);
    note(before, failed.length === 0 ? failed : await attempt(before, LONGEST_WAIT_S));
  };
  const setBackCalmly = async (before: Baseline): Promise<readonly Leak[]> => {
    const startedAt = performance.now();
    const { value, leaks } = await whenCalm(patience, async () => {
      const failed = await attempt(before, 0);
      if (failed.length === 0) return { value: failed };
      const active = parseSessions(await connection.query(READ_SESSIONS), connection.threadIds);
      const sessions = active.filter(({ isInTheWay }) => isInTheWay);
      // One that has just got its answer looks like one at work, for a moment.
      const longestMs = sessions.length > 0 ? patienceMs + LONGEST_END_MS : patienceMs;
      const isWorthWaiting = active.length > 0 && performance.now() - startedAt < longestMs;
      return isWorthWaiting ? { sessions } : { value: await attempt(before, LONGEST_WAIT_S) };
    });
    note(before, value);
    return leaks;
  };

  return {
    setBack: async (before, isAnyoneOpen) => {
      await idle;
      late = undefined;
      if (isAnyoneOpen) return setBackCalmly(before);
      idle = afterReport()
        .then(first)
        .then(() => setBackSoon(before))
        .catch(() => note(before, 'unknown')); // settle() tries again, and fails for the same reason
      return [];
    },
    idle: async () => void (await idle),
    settle: async () => {
      await idle;
      if (late === undefined) return [];
      await setBackSoon(late.before);
      if (late === undefined) return [];
      const { failed } = late;
      const what = failed === 'unknown' ? ['numbers of AUTO_INCREMENT may be ahead'] : failed.map((move) => move.what);
      const users = await readUsers(connection, databases);
      return what.map((text) => ({ kind: 'server', text: `${text}: in use${users}` }));
    },
    toBaseline: ({ tables, sequences }) => {
      if (late === undefined) return { numbers: tables, sequences };
      const { before, failed } = late;
      const isLate = (file?: string) => failed === 'unknown' || failed.some((move) => move.file === file);
      const kept = [...before.numbers].filter(([file]) => isLate(file));
      return { numbers: new Map([...tables, ...kept]), sequences: isLate() ? before.sequences : sequences };
    },
  };
}

async function runInTurn(
  send: (statements: readonly string[]) => Promise<unknown>,
  all: readonly Move[],
  longestS: number,
): Promise<readonly Move[]> {
  const failed: Move[] = [];
  let waitS = longestS;
  for (const move of all)
    try {
      const settings = `lock_wait_timeout = ${waitS}, innodb_lock_wait_timeout = ${waitS}`;
      await send([waitS > 0 ? `SET STATEMENT ${settings} FOR ${move.sql}` : move.sql]);
    } catch (error) {
      if (isGone(error)) continue;
      if (!isLockConflict(error)) throw error;
      failed.push(move);
      waitS = 0;
    }
  return failed;
}

/** Who is at work in these databases. */
async function readUsers(connection: RewindConnection, databases: readonly string[]): Promise<string> {
  const rows = await connection.query<{ id: string; user: string; info: string }>(
    `SELECT ID AS id, USER AS user, INFO AS info FROM information_schema.PROCESSLIST
     WHERE INFO IS NOT NULL AND ID NOT IN (${connection.threadIds.join(', ')}) AND (DB IS NULL OR ${inDatabases('DB', databases)}) ORDER BY TIME_MS DESC LIMIT 3`,
  );
  const texts = rows.map(({ id, user, info }) => `${user}, connection ${id}: ${info.replace(/\s+/g, ' ').slice(0, 200)}`);
  return texts.length > 0 ? ` (${texts.join('; ')})` : '';
}

/** Sequences begin where the next number that is not in memory is: what is in memory can't be seen. */
export async function startSequences(connection: RewindConnection, databases: readonly string[]): Promise<readonly string[]> {
  const rows = await connection.query(
    `SELECT TABLE_SCHEMA AS db, TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_TYPE = 'SEQUENCE' AND ${inDatabases('TABLE_SCHEMA', databases)} ORDER BY 1, 2`,
  );
  const names = rows.map(({ db, name }) => `${quoteName(String(db))}.${quoteName(String(name))}`);
  for (const name of names) {
    const [row] = await connection.query(`SELECT next_not_cached_value AS next FROM ${name}`);
    await connection.query(`ALTER SEQUENCE ${name} RESTART WITH ${row?.next}`);
  }
  return names;
}
