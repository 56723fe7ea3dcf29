import { isIntegerKey } from './table-capture.ts';
import type { TableShape } from './table-shape.ts';

/**
 * The function that takes one dirty table back: rows that the test made or changed go, the images of the baseline come. Two statements,
 * whatever the order of foreign keys, since the control session is in replica role. A function of its own keeps its plans cached there.
 */
export function rewindFunction(table: TableShape): string {
  return `CREATE OR REPLACE FUNCTION seatrial.rewind_${table.oid}("seatrial checkpoint" xid) RETURNS void LANGUAGE plpgsql AS $f$BEGIN
${table.keys.length > 0 ? deleteByKey(table) : deleteByAge(table)};
${insertImages(table)};
END$f$`;
}

const IS_BASELINE = `age(l.x) >= age("seatrial checkpoint")`;

function deleteByKey(table: TableShape): string {
  const column = isIntegerKey(table) ? 'ik' : 'tk';
  const logged = table.keys
    .map(({ type }, i) => (column === 'ik' ? `l.ik::${type} AS k${i}` : `(l.tk[${i + 1}])::${type} AS k${i}`))
    .join(', ');
  const original = table.keys.map(({ name }) => `(o.r).${name}`).join(', ');
  const match = table.keys.map(({ name }, i) => `t.${name} = k.k${i}`).join(' AND ');
  return `WITH k AS MATERIALIZED (
  SELECT ${logged} FROM seatrial.log l WHERE l.rel = ${table.oid} AND l.${column} IS NOT NULL
  UNION
  SELECT ${original} FROM (SELECT l.img::${table.name} AS r FROM seatrial.log l WHERE l.rel = ${table.oid} AND l.img IS NOT NULL AND ${IS_BASELINE} OFFSET 0) o
) DELETE FROM ONLY ${table.name} t USING k WHERE ${match}`;
}

/** Without a key: all rows newer than the checkpoint, and those whose image is of the baseline but which are still there (a cancelled change). */
function deleteByAge(table: TableShape): string {
  return `DELETE FROM ONLY ${table.name} WHERE age(xmin) < age("seatrial checkpoint")
  OR ctid = ANY(ARRAY(SELECT l.c FROM seatrial.log l WHERE l.rel = ${table.oid} AND l.c IS NOT NULL AND ${IS_BASELINE}))`;
}

function insertImages(table: TableShape): string {
  return `INSERT INTO ${table.name} (${table.columns.join(', ')}) OVERRIDING SYSTEM VALUE
  SELECT ${table.columns.map((column) => `(o.r).${column}`).join(', ')}
  FROM (SELECT DISTINCT ON (l.c) l.img::${table.name} AS r FROM seatrial.log l WHERE l.rel = ${table.oid} AND l.img IS NOT NULL AND ${IS_BASELINE} ORDER BY l.c) o`;
}
