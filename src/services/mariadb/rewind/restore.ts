import { quoteName } from '../identifier.ts';
import type { RewindConnection } from './connection.ts';
import { compareDefinitions, type Definitions, readDefinitions } from './definitions.ts';
import { columnList, imageTable, SEQ, writableColumns } from './image.ts';
import { inBatches } from './install.ts';
import { rewindStatements } from './table-rewind.ts';
import { sqlName, type TableShape, tableId } from './table-shape.ts';
import { createTriggers } from './user-triggers.ts';

export type RestoreOutcome =
  | { readonly kind: 'done'; readonly changed: number }
  | { readonly kind: 'marked'; readonly reasons: readonly string[] };

interface RestoreRequest {
  readonly connection: RewindConnection;
  readonly log: string;
  readonly databases: readonly string[];
  /** Tables that are, or were, installed. */
  readonly isCovered: (id: string) => boolean;
  /** Those that there are at this moment. */
  readonly readTables: () => Promise<readonly TableShape[]>;
  /** Numbers of tables that the log has events of, among those to undo. */
  readonly dirty: readonly number[];
  readonly where: (column: string) => string;
  readonly isSpotted: boolean;
  /** Tables whose log does not tell all. */
  readonly unknown: readonly string[];
  readonly baseline: Definitions;
  readonly find: (id: string) => string | 'empty' | undefined;
  /** Is told before it happens that triggers go, and that these tables are created anew: capture has to be installed again, even if this fails halfway. */
  readonly onBare: (made: readonly string[]) => void;
  /** Begins the transaction that keeps writers out, and tells again what is dirty: while definitions came back nobody was kept out. */
  readonly lookAgain: () => Promise<{ readonly dirty: readonly number[]; readonly unknown: readonly string[] }>;
}

/** After DDL or TRUNCATE: definitions come back from their text, contents of what was touched from the copies, the rest by the log. */
export async function restoreDefinitions(request: RestoreRequest): Promise<RestoreOutcome> {
  const { connection, log, databases, dirty, where, isSpotted, unknown, baseline, find, onBare, lookAgain } = request;
  await connection.query('ROLLBACK');
  const now = await readDefinitions(connection, databases);
  const difference = compareDefinitions(baseline, now);
  const lost = [...difference.tables.filter((id) => baseline.tables.has(id)), ...difference.emptied, ...unknown];
  const reasons = [
    ...difference.others.map((name) => `${name} was changed`),
    ...[...new Set(lost)].filter((id) => request.isCovered(id) && find(id) === undefined).map(tooLarge),
  ];
  if (reasons.length > 0) return { kind: 'marked', reasons };

  const gone = difference.tables.filter((id) => now.tables.has(id)).flatMap((id) => now.tables.get(id) ?? []);
  const made = difference.tables.flatMap((id) => baseline.tables.get(id) ?? []);
  if (made.length > 0 || difference.triggers.length > 0) onBare(made.map(({ database, name }) => tableId(database, name)));
  await inBatches(connection, [
    ...difference.views
      .filter((id) => now.views.has(id))
      .flatMap((id) => now.views.get(id) ?? [])
      .map((view) => `DROP VIEW IF EXISTS ${sqlName(view)}`),
    ...gone.map((table) => `DROP TABLE IF EXISTS ${sqlName(table)}`),
    ...made.flatMap((table) => [`USE ${quoteName(table.database)}`, table.create]),
  ]);
  await refreshTriggers(request, now, [...difference.triggers, ...difference.tables]);
  await createViews(
    connection,
    difference.views.flatMap((id) => baseline.views.get(id) ?? []),
  );

  await connection.query(`USE ${quoteName(log)}`);
  // As they are defined in the baseline again.
  const tables = await request.readTables();
  const [shapes, byRel] = [
    new Map(tables.map((table) => [tableId(table.database, table.name), table])),
    new Map(tables.map((table) => [table.rel, table])),
  ];
  const again = await lookAgain();
  const late = again.unknown.filter((id) => find(id) === undefined);
  if (late.length > 0) await connection.query('ROLLBACK');
  if (late.length > 0) return { kind: 'marked', reasons: late.map(tooLarge) };
  const refilled = new Set([...lost, ...again.unknown]);
  const written = [...new Set([...dirty, ...again.dirty])].flatMap((rel) => byRel.get(rel) ?? []);
  const rewound = written.filter(({ database, name }) => !refilled.has(tableId(database, name)));
  const forgotten = written.filter((table) => !rewound.includes(table));
  await connection.batch([
    ...rewound.flatMap((table) => rewindStatements(log, table, { where, isSpotted }).now), // all of it, where no events are told
    ...[...refilled].flatMap((id) => refill(shapes.get(id), find(id))),
    ...forgotten.map((table) => `DELETE FROM ${imageTable(log, table)} WHERE ${where(SEQ)}`),
    `DELETE FROM ${quoteName(log)}.log WHERE ${where('seq')}`,
    'COMMIT',
  ]);
  const others = tables.filter(({ database, name }) => !refilled.has(tableId(database, name)));
  const checked = await findDiffering(connection, others, find);
  for (const table of checked)
    await connection.batch(['START TRANSACTION', ...refill(table, find(tableId(table.database, table.name))), 'COMMIT']);
  const changed = new Set([
    ...difference.tables,
    ...difference.emptied,
    ...difference.views,
    ...difference.triggers,
    ...rewound,
    ...checked,
  ]);
  return { kind: 'done', changed: changed.size };
}

/** Empties the table and fills it from its copy. */
export function refill(table: TableShape | undefined, copy: string | 'empty' | undefined): readonly string[] {
  if (table === undefined) return [];
  const columns = columnList(writableColumns(table));
  const fill =
    copy === undefined || copy === 'empty' ? [] : [`INSERT INTO ${sqlName(table)} (${columns}) SELECT ${columns} FROM ${copy}`];
  return [`DELETE FROM ${sqlName(table)}`, ...fill];
}

/** ALTER TABLE can change contents and leave no trace in the definition: a partition emptied, a column dropped and added again. */
export async function findDiffering(
  connection: RewindConnection,
  tables: readonly TableShape[],
  find: RestoreRequest['find'],
): Promise<readonly TableShape[]> {
  const differing: TableShape[] = [];
  for (const table of tables) {
    const copy = find(tableId(table.database, table.name));
    if (copy === undefined) continue;
    const isEqual =
      copy === 'empty'
        ? (await connection.query(`SELECT 1 FROM ${sqlName(table)} LIMIT 1`)).length === 0
        : new Set((await connection.query(`CHECKSUM TABLE ${sqlName(table)}, ${copy}`)).map(({ Checksum }) => String(Checksum)))
            .size === 1;
    if (!isEqual) differing.push(table);
  }
  return differing;
}

/** All triggers of these tables anew, in the order of the baseline; ours come back with the installation. */
async function refreshTriggers(
  { connection, baseline }: RestoreRequest,
  now: Definitions,
  tables: readonly string[],
): Promise<void> {
  const touched = new Set(tables);
  const isTouched = ({ database, table }: { readonly database: string; readonly table: string }) =>
    touched.has(tableId(database, table));
  await inBatches(connection, [
    ...[...now.triggers.values()]
      .filter(isTouched)
      .map(({ database, name }) => `DROP TRIGGER IF EXISTS ${quoteName(database)}.${quoteName(name)}`),
    ...createTriggers([...baseline.triggers.values()].filter(isTouched)),
  ]);
}

/** Views of views: each round creates those whose ground is there. */
async function createViews(
  connection: RewindConnection,
  views: readonly { readonly database: string; readonly create: string }[],
): Promise<void> {
  let open = views;
  while (open.length > 0) {
    const failed: (typeof views)[number][] = [];
    let why: unknown;
    for (const view of open)
      await connection.batch([`USE ${quoteName(view.database)}`, view.create]).catch((error) => {
        failed.push(view);
        why = error;
      });
    if (failed.length === open.length) throw why;
    open = failed;
  }
}

export function tooLarge(id: string): string {
  return `${id} is too large for a copy of it to be kept`;
}
