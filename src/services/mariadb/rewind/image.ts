import { quoteName } from '../identifier.ts';
import type { TableShape } from './table-shape.ts';

/**
 * What a row of a table's own log is. With a key, the first event of a key tells what was there: `r` = this row, `n` = none. Without one, rows
 * are counted: `+` came, `-` went; order does not matter then. `x` = rows were changed in a way that the log can't tell.
 */
export const SEQ = '`!seatrial_seq`';

export const OP = '`!seatrial_op`';

/** The table that holds the images of this table's rows: same columns, same types, so that nothing is converted on the way. */
export function imageTable(log: string, { rel }: Pick<TableShape, 'rel'>): string {
  return `${quoteName(log)}.i${rel}`;
}

/** Columns that an image has: all that can be written, and those of the key. */
export function imageColumns({ columns, key }: TableShape): readonly string[] {
  return columns.filter(({ name, isGenerated }) => !isGenerated || key.includes(name)).map(({ name }) => name);
}

/** Columns that can be written. */
export function writableColumns({ columns }: TableShape): readonly string[] {
  return columns.filter(({ isGenerated }) => !isGenerated).map(({ name }) => name);
}

export function columnList(columns: readonly string[], qualifier = ''): string {
  return columns.map((column) => `${qualifier}${quoteName(column)}`).join(', ');
}

/** `op`: that of the image, or `c` where a cascade has changed rows that are told in the image table only. */
export function insertCentral(
  log: string,
  { rel }: Pick<TableShape, 'rel'>,
  op: string,
  seq = 'UUID_SHORT()',
  keys: readonly string[] = ['NULL', 'NULL'],
): string {
  return `INSERT INTO ${quoteName(log)}.log VALUES (${seq}, ${rel}, CONNECTION_ID(), '${op}', ${keys.join(', ')});`;
}

/** Keys that fit into the central log: with them alone a few rows are taken back faster. */
export function isSmallKey({ key, columns }: TableShape): boolean {
  const types = key.map((name) => columns.find((column) => column.name === name)?.type ?? '');
  return (
    key.length > 0 &&
    key.length <= 2 &&
    types.every((type) => /^(tinyint|smallint|mediumint|int|bigint)\b/.test(type) && !/^bigint.*unsigned/.test(type))
  );
}
