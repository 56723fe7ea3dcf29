import { quoteName } from '../identifier.ts';
import type { RewindConnection, Row } from './connection.ts';
import { type Counters, type ForeignCounters, READ_COUNTERS } from './counters.ts';
import { imageTable, SEQ } from './image.ts';
import { type OpenSession, parseSessions, READ_SESSIONS } from './open-transactions.ts';
import type { TableShape } from './table-shape.ts';

/** What has been written since some `seq`, read under locks that keep writers out until the transaction ends. */
export interface Look {
  readonly dirty: ReadonlyMap<number, Events>;
  readonly newest: bigint | undefined;
}

/** A look whose transaction is over. */
export interface EndedLook extends Look {
  /** Later than all of it, rows of images too: some of these are a little newer than their event in the central log. */
  readonly now: bigint;
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

type Where = (column: string) => string;

export async function readLook(connection: RewindConnection, options: LookOptions, where: Where): Promise<Look> {
  return toLook(await connection.batch(lookStatements(options, where)));
}

export async function readEndedLook(connection: RewindConnection, options: LookOptions, where: Where): Promise<EndedLook> {
  const results = await connection.batch([...lookStatements(options, where), 'SELECT UUID_SHORT() AS now', 'COMMIT']);
  return { ...toLook(results.slice(0, -2)), now: BigInt(String(results.at(-2)?.[0]?.now)) };
}

function lookStatements({ log, tables }: LookOptions, where: Where): readonly string[] {
  // Never rolled back, so not in the central log, which is.
  const others = tables.filter(({ isTransactional }) => !isTransactional);
  return [
    'START TRANSACTION',
    `SELECT seq, rel, op, k1, k2 FROM ${quoteName(log)}.log WHERE ${where('seq')} ORDER BY seq FOR UPDATE`,
    ...others.map(
      (table) =>
        `SELECT ${table.rel} AS rel, COUNT(*) AS n, MAX(${SEQ}) AS newest FROM ${imageTable(log, table)} WHERE ${where(SEQ)}`,
    ),
  ];
}

function toLook([, events = [], ...counts]: readonly (readonly Row[])[]): Look {
  const dirty = new Map<number, Events>();
  for (const [rel, rows] of Map.groupBy(events, ({ rel }) => Number(rel)))
    dirty.set(rel, { rows: rows.length, newest: BigInt(String(rows.at(-1)?.seq)), central: rows as unknown as CentralEvent[] });
  for (const [row] of counts)
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

/** Tables without transactions may be written to at any moment: later events stay for the next time. */
export function bounded(where: (column: string) => string, table: TableShape, { dirty }: Look): (column: string) => string {
  return table.isTransactional ? where : (column) => `${where(column)} AND ${column} <= ${dirty.get(table.rel)?.newest}`;
}

/** As long as this is the same, nothing was written to the table. */
export function stateOf({ dirty }: Look, { rel }: TableShape): string {
  const { newest, rows } = dirty.get(rel) ?? {};
  return `${newest}, ${rows}`;
}
