import { quoteName } from '../identifier.ts';
import type { RewindConnection, Row } from './connection.ts';
import { type Counters, parseCounters, READ_COUNTERS } from './definitions.ts';
import { type OpenSession, parseSessions, READ_SESSIONS } from './open-transactions.ts';
import { imageTable, SEQ } from './table-capture.ts';
import { inDatabases, type TableShape } from './table-shape.ts';

/** What has happened since some `seq`, read under locks that keep writers out until the transaction ends. */
export interface Look {
  readonly dirty: ReadonlyMap<number, { readonly rows: number; readonly newest: bigint }>;
  readonly newest: bigint | undefined;
  readonly counters: Counters;
  readonly sessions: readonly OpenSession[];
  /** The next AUTO_INCREMENT of each table, by the name that InnoDB gives it. */
  readonly numbers: ReadonlyMap<string, string>;
  /** The next value of each sequence that is not in the server's memory yet, in the order of `sequences`. */
  readonly sequences: readonly string[];
}

export interface LookOptions {
  readonly log: string;
  readonly tables: readonly TableShape[];
  /** SQL names. */
  readonly sequences: readonly string[];
}

/** The statements after START TRANSACTION, for one round trip. */
export function lookStatements({ log, tables, sequences }: LookOptions, where: (column: string) => string): readonly string[] {
  const folders = [...new Set(tables.map(({ file }) => file.split('/')[0] ?? ''))];
  return [
    `SELECT rel, COUNT(*) AS n, MAX(seq) AS newest FROM ${quoteName(log)}.log WHERE ${where('seq')} GROUP BY rel FOR UPDATE`,
    // Never rolled back, so not in the log, which is.
    ...tables
      .filter(({ isTransactional }) => !isTransactional)
      .map(
        (table) =>
          `SELECT ${table.rel} AS rel, COUNT(*) AS n, MAX(${SEQ}) AS newest FROM ${imageTable(log, table)} WHERE ${where(SEQ)}`,
      ),
    ...sequences.map((name) => `SELECT next_not_cached_value AS next FROM ${name}`),
    READ_COUNTERS,
    `SELECT NAME AS file, AUTOINC AS next FROM information_schema.INNODB_SYS_TABLESTATS WHERE AUTOINC > 0 AND ${inDatabases("SUBSTRING_INDEX(NAME, '/', 1)", folders)}`,
    READ_SESSIONS,
  ];
}

export function parseLook(
  results: readonly (readonly Row[])[],
  { tables, sequences }: LookOptions,
  connection: RewindConnection,
): Look {
  const logs = 1 + tables.filter(({ isTransactional }) => !isTransactional).length;
  const rows = results
    .slice(0, logs)
    .flat()
    .filter(({ n }) => Number(n) > 0);
  const dirty = new Map(rows.map(({ rel, n, newest }) => [Number(rel), { rows: Number(n), newest: BigInt(String(newest)) }]));
  const [counters = [], numbers = [], sessions = []] = results.slice(logs + sequences.length);
  const newest = [...dirty.values()].reduce<bigint | undefined>(
    (most, each) => (most === undefined || each.newest > most ? each.newest : most),
    undefined,
  );
  return {
    dirty,
    newest,
    counters: parseCounters(counters),
    sessions: parseSessions(sessions, connection.threadId),
    numbers: new Map(numbers.map(({ file, next }) => [String(file), String(next)])),
    sequences: results.slice(logs, logs + sequences.length).map(([row]) => String(row?.next)),
  };
}
