import { isIntegerKey } from './table-capture.ts';
import type { TableShape } from './table-shape.ts';

/**
 * The function that takes one dirty table back: rows that the test made or changed go, the images of the baseline come. Two statements,
 * whatever the order of foreign keys, since the control session is in replica role. A function of its own keeps its plans cached there.
 */
export function rewindFunction(table: TableShape): string {
  return `CREATE OR REPLACE FUNCTION seatrial.rewind_${table.oid}("seatrial has images" boolean, "seatrial checkpoint" xid) RETURNS boolean LANGUAGE plpgsql AS $f$BEGIN
${table.keys.length > 0 ? deleteByKey(table, 'seatrial.log', IS_BASELINE) : deleteByAge(table)};
IF "seatrial has images" THEN
${insertImages(table)};
END IF;
RETURN true;
END$f$`;
}

/** Calls the function of a table by its number. Each call in the text has a cached plan, which EXECUTE would make anew each time. */
export function dispatchFunction(tables: readonly TableShape[]): string {
  const oids = tables.map(({ oid }) => oid).sort((a, b) => a - b);
  return `CREATE OR REPLACE FUNCTION seatrial.rewind_table(rel oid, has_images boolean, last_checkpoint xid) RETURNS boolean LANGUAGE plpgsql AS $f$BEGIN
${choose(oids)}
RAISE 'writes to table number % are not captured', rel;
END$f$`;
}

function choose(oids: readonly number[]): string {
  const [first] = oids;
  if (first === undefined) return '';
  if (oids.length === 1) return `IF rel = ${first} THEN RETURN seatrial.rewind_${first}(has_images, last_checkpoint); END IF;`;
  const middle = oids.length >> 1;
  return `IF rel < ${oids[middle]} THEN ${choose(oids.slice(0, middle))}\nELSE ${choose(oids.slice(middle))} END IF;`;
}

const IS_BASELINE = `age(l.x) >= age("seatrial checkpoint")`;

/** Rows whose keys `log` has, of inserted ones, and those whose image comes back. An array of integers costs less to begin with than a join. */
function deleteByKey(table: TableShape, log: string, isComingBack: string): string {
  const images = `(SELECT l.img::${table.name} AS r FROM ${log} l WHERE l.rel = ${table.oid} AND l.img IS NOT NULL AND ${isComingBack} OFFSET 0) o`;
  const original = table.keys.map(({ name }) => `(o.r).${name}`).join(', ');
  if (isIntegerKey(table)) {
    const [key] = table.keys;
    return `DELETE FROM ONLY ${table.name} t WHERE t.${key?.name} ${key?.equals} ANY (ARRAY(
  SELECT l.ik::${key?.type} FROM ${log} l WHERE l.rel = ${table.oid} AND l.ik IS NOT NULL
  UNION ALL
  SELECT ${original} FROM ${images}))`;
  }
  const logged = table.keys.map(({ type }, i) => `(l.tk[${i + 1}])::${type} AS k${i}`).join(', ');
  const match = table.keys.map(({ name, equals }, i) => `t.${name} ${equals} k.k${i}`).join(' AND ');
  return `WITH k AS MATERIALIZED (
  SELECT ${logged} FROM ${log} l WHERE l.rel = ${table.oid} AND l.tk IS NOT NULL
  UNION
  SELECT ${original} FROM ${images}
) DELETE FROM ONLY ${table.name} t USING k WHERE ${match}`;
}

/** Without a key: all rows newer than the checkpoint. */
function deleteByAge(table: TableShape): string {
  return `DELETE FROM ONLY ${table.name} WHERE age(xmin) < age("seatrial checkpoint")`;
}

function insertImages(table: TableShape): string {
  return restore(table, `seatrial.log l WHERE l.rel = ${table.oid} AND l.img IS NOT NULL AND ${IS_BASELINE}`);
}

/** No row has two images of one depth: what was there then was changed once. */
function restore(table: TableShape, source: string): string {
  const columns = table.columns.map((column) => `(o.r).${column}`).join(', ');
  return `INSERT INTO ${table.name} (${table.columns.join(', ')}) OVERRIDING SYSTEM VALUE
  SELECT ${columns} FROM (SELECT l.img::${table.name} AS r FROM ${source} OFFSET 0) o`;
}

/** The same in two steps for baselines inside baselines, on the temporary table of `seatrial.rewind_to`: first what goes, then what comes, depth by depth. */
export function nestedFunctions(table: TableShape): string[] {
  return [
    `CREATE OR REPLACE FUNCTION seatrial.clear_${table.oid}("seatrial undone" integer) RETURNS void LANGUAGE plpgsql AS $f$BEGIN
${table.keys.length > 0 ? deleteByKey(table, 'pg_temp.seatrial_undo', 'l.depth < "seatrial undone"') : clearByDepth(table)};
END$f$`,
    `CREATE OR REPLACE FUNCTION seatrial.restore_${table.oid}("seatrial depth" integer) RETURNS void LANGUAGE plpgsql AS $f$BEGIN
${restore(table, `pg_temp.seatrial_undo l WHERE l.rel = ${table.oid} AND l.img IS NOT NULL AND l.depth = "seatrial depth"`)};
END$f$`,
  ];
}

/** Without a key, rows are told by the depth that made them. */
function clearByDepth(table: TableShape): string {
  return `DELETE FROM ONLY ${table.name} t WHERE seatrial.depth_of(t.xmin) >= "seatrial undone"`;
}
