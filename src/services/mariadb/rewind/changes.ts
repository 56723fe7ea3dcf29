import type { Json } from '../../../core/json.ts';
import type { Change } from '../../../core/reset.ts';
import { quoteName } from '../identifier.ts';
import type { RewindConnection, Row } from './connection.ts';
import { columnList, imageColumns, imageTable, OP, SEQ } from './image.ts';
import { sqlName, type TableShape } from './table-shape.ts';

export interface ChangesRequest {
  readonly connection: RewindConnection;
  readonly log: string;
  readonly table: TableShape;
  /** Which events. */
  readonly where: (column: string) => string;
  /** As the app would name the table. */
  readonly name: string;
}

/** The rows of one table that differ from what they were before the events of `where`. */
export async function readChanges(request: ChangesRequest): Promise<readonly Change[]> {
  return request.table.key.length > 0 ? keyedChanges(request) : countedChanges(request);
}

async function keyedChanges({ connection, log, table, where, name }: ChangesRequest): Promise<readonly Change[]> {
  const image = imageTable(log, table);
  const key = columnList(table.key, 'l.');
  const firsts = `(SELECT MIN(l.${SEQ}) AS first FROM ${image} l WHERE ${where(`l.${SEQ}`)} GROUP BY ${key}) f JOIN ${image} i ON i.${SEQ} = f.first`;
  const columns = imageColumns(table);
  const match = table.key.map((column) => `t.${quoteName(column)} = i.${quoteName(column)}`).join(' AND ');
  // One by one in the order of the log: the same number of rows in the same order from both.
  const [before = [], after = []] = await connection.batch([
    `SELECT i.${OP} AS ${quoteName('!seatrial_op')}, ${columnList(columns, 'i.')} FROM ${firsts} ORDER BY f.first`,
    `SELECT t.${quoteName(table.key[0] ?? '')} IS NOT NULL AS ${quoteName('!seatrial_is')}, ${columnList(columns, 't.')} FROM ${firsts} LEFT JOIN ${sqlName(table)} t ON ${match} ORDER BY f.first`,
  ]);
  return before.flatMap((row, i) => {
    const was = row['!seatrial_op'] === 'r' ? toJson(row, columns) : undefined;
    const is = Number(after[i]?.['!seatrial_is']) === 1 ? toJson(after[i] ?? {}, columns) : undefined;
    return toChange(name, was, is);
  });
}

async function countedChanges({ connection, log, table, where, name }: ChangesRequest): Promise<readonly Change[]> {
  const columns = imageColumns(table);
  const rows = await connection.query(
    `SELECT ${OP}, ${columnList(columns)} FROM ${imageTable(log, table)} WHERE ${where(SEQ)} AND ${OP} <> 'x' ORDER BY ${SEQ}`,
  );
  const counts = new Map<string, { count: number; row: Readonly<Record<string, Json>> }>();
  for (const row of rows) {
    const json = toJson(row, columns);
    const entry = counts.get(JSON.stringify(json)) ?? { count: 0, row: json };
    counts.set(JSON.stringify(json), { ...entry, count: entry.count + (row['!seatrial_op'] === '+' ? 1 : -1) });
  }
  return [...counts.values()].flatMap(({ count, row }) =>
    Array.from({ length: Math.abs(count) }, () =>
      toChange(name, count < 0 ? row : undefined, count > 0 ? row : undefined),
    ).flat(),
  );
}

function toChange(table: string, before: Change['before'], after: Change['after']): readonly Change[] {
  if (before && after) return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ table, op: 'update', before, after }];
  if (before) return [{ table, op: 'delete', before }];
  return after ? [{ table, op: 'insert', after }] : [];
}

function toJson(row: Row, columns: readonly string[]): Readonly<Record<string, Json>> {
  return Object.fromEntries(columns.map((column) => [column, toValue(row[column])]));
}

function toValue(value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (Buffer.isBuffer(value)) return `0x${value.toString('hex')}`;
  if (typeof value === 'object') return JSON.parse(JSON.stringify(value)) as Json;
  return typeof value === 'number' || typeof value === 'boolean' ? value : String(value);
}
