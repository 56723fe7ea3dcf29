import { quoteName } from '../identifier.ts';
import type { RewindConnection } from './connection.ts';
import { type Counters, type ForeignCounters, READ_COUNTERS } from './counters.ts';
import { imageTable, SEQ } from './image.ts';
import { type OpenSession, parseSessions, READ_SESSIONS } from './open-transactions.ts';
import type { TableShape } from './table-shape.ts';

/** What has been written since some `seq`, read under locks that keep writers out until the transaction ends. */
export interface Look {
  readonly dirty: ReadonlyMap<number, Events>;
  readonly newest: bigint | undefined;
}

/** What does not need locks: asked beside, since it takes as long as the rest. */
export interface Surroundings {
  readonly counters: Counters;
  readonly sessions: readonly OpenSession[];
}

export interface Events {
  readonly rows: number;
  readonly newest: bigint;
  /** In their order, where the central log has them. */
  readonly central: readonly CentralEvent[];
}

export interface CentralEvent {
  readonly seq: string;
  readonly op: string;
  readonly k1: string | number | null;
  readonly k2: string | number | null;
}

export interface LookOptions {
  readonly log: string;
  readonly tables: readonly TableShape[];
  /** SQL names. */
  readonly sequences: readonly string[];
}

export async function readLook(
  connection: RewindConnection,
  { log, tables }: LookOptions,
  where: (column: string) => string,
  end: readonly 'COMMIT'[] = [],
): Promise<Look> {
  // Never rolled back, so not in the central log, which is.
  const others = tables.filter(({ isTransactional }) => !isTransactional);
  const [, events = [], ...counts] = await connection.batch([
    'START TRANSACTION',
    `SELECT seq, rel, op, k1, k2 FROM ${quoteName(log)}.log WHERE ${where('seq')} ORDER BY seq FOR UPDATE`,
    ...others.map(
      (table) =>
        `SELECT ${table.rel} AS rel, COUNT(*) AS n, MAX(${SEQ}) AS newest FROM ${imageTable(log, table)} WHERE ${where(SEQ)}`,
    ),
    ...end,
  ]);
  const dirty = new Map<number, Events>();
  for (const [rel, rows] of Map.groupBy(events, ({ rel }) => Number(rel)))
    dirty.set(rel, { rows: rows.length, newest: BigInt(String(rows.at(-1)?.seq)), central: rows as unknown as CentralEvent[] });
  for (const [row] of counts.slice(0, others.length))
    if (row && Number(row.n) > 0)
      dirty.set(Number(row.rel), { rows: Number(row.n), newest: BigInt(String(row.newest)), central: [] });
  const newest = [...dirty.values()].reduce<bigint | undefined>(
    (most, each) => (most === undefined || each.newest > most ? each.newest : most),
    undefined,
  );
  return { dirty, newest };
}

/** `counters` leaves out what is ours. */
export async function readSurroundings(connection: RewindConnection, counters: ForeignCounters): Promise<Surroundings> {
  const [sessions = [], counted = []] = await connection.aside([READ_SESSIONS, READ_COUNTERS]);
  return { counters: counters.of(counted), sessions: parseSessions(sessions, connection.threadIds) };
}
