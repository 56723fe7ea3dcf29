import type { Json } from '../../../core/json.ts';
import type { Change } from '../../../core/reset.ts';
import type { RewindConnection } from './connection.ts';
import { isIntegerKey } from './table-capture.ts';
import { readTables, type TableShape } from './table-shape.ts';

/** What the log knows of one table since a depth began, or since the checkpoint. */
interface Logged {
  /** Rows of the log that belong to it; alias `l`. */
  readonly isOwn: string;
  /** Whether an image is of a row as it was before; `x` is its xmin. */
  isOriginal(x: string): string;
}

/** The rows that differ from what they were when the present scope began, read from the log; `depth` where there are depths. */
export async function readChanges(connection: RewindConnection, depth: number | undefined): Promise<Change[]> {
  const logged: Logged =
    depth === undefined
      ? { isOwn: 'true', isOriginal: (x) => `age(${x}) >= (SELECT age(xid) FROM seatrial.checkpoint)` }
      : { isOwn: `seatrial.depth_of(l.xmin) >= ${depth}`, isOriginal: (x) => `seatrial.depth_of(${x}) < ${depth}` };
  const dirty = await connection.query<{ rel: number }>(
    `SELECT DISTINCT l.rel::int8::int AS rel FROM seatrial.log l WHERE ${logged.isOwn}`,
  );
  if (dirty.length === 0) return [];
  const rels = new Set(dirty.map(({ rel }) => rel));
  const changes: Change[] = [];
  for (const table of (await readTables(connection)).filter(({ oid }) => rels.has(oid))) {
    const rows = await connection.query<{ before: string | null; after: string | null }>(
      table.keys.length > 0 ? diffByKey(table, logged) : diffByContent(table, logged),
    );
    changes.push(...rows.map(({ before, after }) => toChange(shortName(table.name), before, after)));
  }
  return changes;
}

/** The rows with a logged key, before by its original image and now. A row whose key has changed is deleted and inserted. */
function diffByKey(table: TableShape, { isOwn, isOriginal }: Logged): string {
  const names = table.keys.map(({ name }) => name);
  const keys = (row: string) => names.map((name) => `${row}.${name}`).join(', ');
  const isInteger = isIntegerKey(table);
  const key = table.keys
    .map(({ name, type }, i) => (isInteger ? `l.ik::${type} AS ${name}` : `l.tk[${i + 1}]::${type} AS ${name}`))
    .join(', ');
  const match = (a: string, b: string) =>
    table.keys.map(({ name, equals }) => `${a}.${name} ${equals} ${b}.${name}`).join(' AND ');
  return `WITH own AS MATERIALIZED (SELECT l.* FROM seatrial.log l WHERE l.rel = ${table.oid} AND ${isOwn}),
    was AS MATERIALIZED (SELECT (o.r).* FROM (
      SELECT l.img::${table.name} AS r FROM own l WHERE l.img IS NOT NULL AND ${isOriginal('l.x')} OFFSET 0) o),
    k AS (SELECT ${key} FROM own l WHERE ${isInteger ? 'l.ik' : 'l.tk'} IS NOT NULL UNION SELECT ${keys('was')} FROM was)
  SELECT to_jsonb(w.*)::text AS before, to_jsonb(t.*)::text AS after
  FROM k LEFT JOIN was w ON ${match('w', 'k')} LEFT JOIN ONLY ${table.name} t ON ${match('t', 'k')}
  WHERE (to_jsonb(w.*)::text) IS DISTINCT FROM (to_jsonb(t.*)::text) ORDER BY ${keys('k')}`;
}

/** Without a key: rows that are gone and rows that are new, those of the same content set off against each other. */
function diffByContent(table: TableShape, { isOwn, isOriginal }: Logged): string {
  const numbered = (rows: string) => `SELECT r, row_number() OVER (PARTITION BY r) AS n FROM (${rows}) rows`;
  const was = `SELECT to_jsonb(o.r)::text AS r FROM (
      SELECT l.img::${table.name} AS r FROM seatrial.log l WHERE l.rel = ${table.oid} AND ${isOwn} AND l.img IS NOT NULL AND ${isOriginal('l.x')}) o`;
  const is = `SELECT to_jsonb(t.*)::text AS r FROM ONLY ${table.name} t WHERE NOT (${isOriginal('t.xmin')})`;
  return `SELECT w.r AS before, i.r AS after FROM (${numbered(was)}) w FULL JOIN (${numbered(is)}) i ON i.r = w.r AND i.n = w.n
    WHERE w.r IS NULL OR i.r IS NULL ORDER BY coalesce(w.r, i.r)`;
}

function toChange(table: string, before: string | null, after: string | null): Change {
  const rows = {
    ...(before === null ? {} : { before: parseRow(before) }),
    ...(after === null ? {} : { after: parseRow(after) }),
  };
  return { table, op: before === null ? 'insert' : after === null ? 'delete' : 'update', ...rows };
}

/** Numbers with more digits than JavaScript's keep come as text. */
function parseRow(text: string): Record<string, Json> {
  const revive = (_key: string, value: Json, context?: { source: string }): Json => {
    if (typeof value !== 'number' || context === undefined) return value;
    const digits = context.source.replace(/^-?0*\.?0*|\.|e.*$/gi, '');
    return digits.length > 15 ? context.source : value;
  };
  return JSON.parse(text, revive as (key: string, value: Json) => Json) as Record<string, Json>;
}

/** As the app would name it. */
function shortName(name: string): string {
  return name.replace(/^public\./, '');
}
