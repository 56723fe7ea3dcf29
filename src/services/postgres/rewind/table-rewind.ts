import { isIntegerKey } from './table-capture.ts';
import type { TableShape } from './table-shape.ts';

/**
 * The function that takes one dirty table back: rows that the test made or changed go, the images of the baseline come. Two statements,
 * whatever the order of foreign keys, since the control session is in replica role. A function of its own keeps its plans cached there.
 */
export function rewindFunction(table: TableShape): string {
  return `CREATE OR REPLACE FUNCTION seatrial.rewind_${table.oid}("seatrial has images" boolean, "seatrial checkpoint" xid) RETURNS boolean LANGUAGE plpgsql AS $f$BEGIN
${
  table.keys.length > 0
    ? deleteByKey(table)
    : `${assertPlaces(table, `${imagesOf(table)} AND l.ik <> ${file(table)}`, `age(t.xmin) >= age("seatrial checkpoint")`)};
${deleteByAge(table)}`
};
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

function deleteByKey(table: TableShape): string {
  if (isIntegerKey(table)) return deleteByInteger(table);
  const logged = table.keys.map(({ type }, i) => `(l.tk[${i + 1}])::${type} AS k${i}`).join(', ');
  const original = table.keys.map(({ name }) => `(o.r).${name}`).join(', ');
  const match = table.keys.map(({ name, equals }, i) => `t.${name} ${equals} k.k${i}`).join(' AND ');
  return `WITH k AS MATERIALIZED (
  SELECT ${logged} FROM seatrial.log l WHERE l.rel = ${table.oid} AND l.tk IS NOT NULL
  UNION
  SELECT ${original} FROM (SELECT l.img::${table.name} AS r FROM seatrial.log l WHERE l.rel = ${table.oid} AND l.img IS NOT NULL AND ${IS_BASELINE} OFFSET 0) o
) DELETE FROM ONLY ${table.name} t USING k WHERE ${match}`;
}

/** An array costs less to begin with than a join. */
function deleteByInteger(table: TableShape): string {
  const [key] = table.keys;
  return `DELETE FROM ONLY ${table.name} t WHERE t.${key?.name} ${key?.equals} ANY (ARRAY(
  SELECT l.ik::${key?.type} FROM seatrial.log l WHERE l.rel = ${table.oid} AND l.ik IS NOT NULL
  UNION ALL
  SELECT (o.r).${key?.name} FROM (SELECT l.img::${table.name} AS r FROM seatrial.log l WHERE l.rel = ${table.oid} AND l.img IS NOT NULL AND ${IS_BASELINE} OFFSET 0) o))`;
}

/** Without a key: all rows newer than the checkpoint, and those whose image is of the baseline but which are still there (a cancelled change). */
function deleteByAge(table: TableShape): string {
  return `DELETE FROM ONLY ${table.name} WHERE age(xmin) < age("seatrial checkpoint")
  OR ctid = ANY(ARRAY(SELECT l.c FROM seatrial.log l WHERE l.rel = ${table.oid} AND l.c IS NOT NULL AND l.ik = ${file(table)} AND ${IS_BASELINE}))`;
}

function imagesOf(table: TableShape): string {
  return `seatrial.log l WHERE l.rel = ${table.oid} AND l.img IS NOT NULL AND ${IS_BASELINE}`;
}

/** The file that the rows of a table without a key are in now; images tell theirs. */
const file = ({ oid }: TableShape) => `pg_relation_filenode(${oid})`;

function assertPlaces({ oid, name }: TableShape, images: string, isOld: string): string {
  return `PERFORM seatrial.assert_places(${oid}, EXISTS (SELECT FROM ${images}), EXISTS (SELECT FROM ONLY ${name} t WHERE ${isOld}))`;
}

function insertImages(table: TableShape): string {
  return restore(table, 'l', imagesOf(table));
}

/**
 * Each row once, though a row may be logged twice. With a key, the key tells rows apart: a place may have held two of them, since VACUUM FULL
 * moves rows. Without one, place and transaction are all there is.
 */
function restore(table: TableShape, log: 'l' | 'u', source: string): string {
  const columns = table.columns.map((column) => `(o.r).${column}`).join(', ');
  const insert = `INSERT INTO ${table.name} (${table.columns.join(', ')}) OVERRIDING SYSTEM VALUE\n  SELECT`;
  if (table.keys.length > 0) {
    const keys = table.keys.map(({ name }) => `(o.r).${name}`).join(', ');
    return `${insert} DISTINCT ON (${keys}) ${columns} FROM (SELECT ${log}.img::${table.name} AS r FROM ${source} OFFSET 0) o`;
  }
  const place = `${log}.ik, ${log}.c, ${log}.x::text`;
  return `${insert} ${columns} FROM (SELECT DISTINCT ON (${place}) ${log}.img::${table.name} AS r FROM ${source} ORDER BY ${place}) o`;
}

/** The same in two steps for baselines inside baselines, on the temporary table of `seatrial.rewind_to`: first what goes, then what comes, depth by depth. */
export function nestedFunctions(table: TableShape): string[] {
  return [
    `CREATE OR REPLACE FUNCTION seatrial.clear_${table.oid}("seatrial undone" integer) RETURNS void LANGUAGE plpgsql AS $f$BEGIN
${table.keys.length > 0 ? '' : `${assertPlaces(table, `pg_temp.seatrial_undo u WHERE u.rel = ${table.oid} AND u.img IS NOT NULL AND u.ik <> ${file(table)}`, 'seatrial.depth_of(t.xmin) < "seatrial undone"')};`}
${dropUnchanged(table)};
${table.keys.length > 0 ? clearByKey(table) : clearByDepth(table)};
END$f$`,
    `CREATE OR REPLACE FUNCTION seatrial.restore_${table.oid}("seatrial depth" integer) RETURNS void LANGUAGE plpgsql AS $f$BEGIN
${restore(table, 'u', `pg_temp.seatrial_undo u WHERE u.rel = ${table.oid} AND u.img IS NOT NULL AND u.depth = "seatrial depth"`)};
END$f$`,
  ];
}

function clearByKey(table: TableShape): string {
  const column = isIntegerKey(table) ? 'ik' : 'tk';
  const logged = table.keys
    .map(({ type }, i) => (column === 'ik' ? `u.ik::${type} AS k${i}` : `(u.tk[${i + 1}])::${type} AS k${i}`))
    .join(', ');
  const original = table.keys.map(({ name }) => `(o.r).${name}`).join(', ');
  const match = table.keys.map(({ name, equals }, i) => `t.${name} ${equals} k.k${i}`).join(' AND ');
  return `WITH k AS MATERIALIZED (
  SELECT ${logged} FROM pg_temp.seatrial_undo u WHERE u.rel = ${table.oid} AND u.${column} IS NOT NULL
  UNION
  SELECT ${original} FROM (SELECT u.img::${table.name} AS r FROM pg_temp.seatrial_undo u
    WHERE u.rel = ${table.oid} AND u.img IS NOT NULL AND u.depth < "seatrial undone" OFFSET 0) o
) DELETE FROM ONLY ${table.name} t USING k WHERE ${match}`;
}

/** Without a key, rows are told by the depth that made them. */
function clearByDepth(table: TableShape): string {
  return `DELETE FROM ONLY ${table.name} t WHERE seatrial.depth_of(t.xmin) >= "seatrial undone"`;
}

/** A row that is still where its image was taken was not changed after all (a trigger cancelled that): its image is dropped, the row stays. */
function dropUnchanged(table: TableShape): string {
  const isThere = `u.rel = ${table.oid} AND u.c = t.ctid AND u.x = t.xmin`;
  if (table.keys.length === 0)
    return `DELETE FROM pg_temp.seatrial_undo u USING ONLY ${table.name} t WHERE ${isThere} AND u.ik = ${file(table)}`;
  const isSame = table.keys.map(({ name, equals }) => `(o.r).${name} ${equals} t.${name}`).join(' AND ');
  return `DELETE FROM pg_temp.seatrial_undo d USING (
    SELECT u.ctid AS place, u.c, u.x, u.img::${table.name} AS r FROM pg_temp.seatrial_undo u WHERE u.rel = ${table.oid} AND u.img IS NOT NULL OFFSET 0
  ) o, ONLY ${table.name} t WHERE d.ctid = o.place AND o.c = t.ctid AND o.x = t.xmin AND ${isSame}`;
}
