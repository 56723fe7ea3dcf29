import type { RewindConnection } from '../rewind/connection.ts';
import type { DefinitionScope } from '../rewind/restorer.ts';

/** One system catalogue of the database: how its rows are told apart, and what of them counts. */
export interface Catalogue {
  readonly name: string;
  /** The columns that identify a row; the first is the object that the row is about. */
  readonly keys: readonly string[];
  readonly columns: readonly string[];
  /** Columns which must be as they were at the baseline. */
  readonly compared: readonly string[];
  /** Whose baseline is meant. */
  readonly scope: DefinitionScope;
}

/** Not definitions but contents: statistics and large objects. */
const LEFT_OUT = ['pg_statistic', 'pg_statistic_ext_data', 'pg_largeobject', 'pg_largeobject_metadata', 'pg_subscription_rel'];
/** Kept by the server itself (places of files, statistics, freeze limits): present values are right whatever the baseline had. */
const VOLATILE: Readonly<Record<string, readonly string[]>> = {
  pg_class: ['relfilenode', 'relpages', 'reltuples', 'relallvisible', 'relallfrozen', 'relfrozenxid', 'relminmxid'],
  pg_index: ['indcheckxmin'],
  pg_attribute: ['attmissingval'],
  pg_shdepend: ['dbid'],
};

/** All catalogues that define what is in one database. Their names and columns come from the server, since they differ between majors. */
export async function readCatalogues(connection: RewindConnection, scope: DefinitionScope): Promise<Catalogue[]> {
  const found = READ.get(connection) ?? (await readColumns(connection));
  READ.set(connection, found);
  return found
    .filter(({ name }) => !LEFT_OUT.includes(name))
    .map(({ name, keys, columns }) => {
      const compared = columns.filter((column) => !VOLATILE[name]?.includes(column));
      return { name, scope, columns, compared, keys: keys ?? ['objid', ...compared.filter((column) => column !== 'objid')] };
    });
}

interface Columns extends Record<string, unknown> {
  readonly name: string;
  readonly keys: readonly string[] | null;
  readonly columns: readonly string[];
}

/** They stay the same as long as the server does. */
const READ = new WeakMap<RewindConnection, readonly Columns[]>();

async function readColumns(connection: RewindConnection): Promise<Columns[]> {
  return connection.query<Columns>(`
    SELECT c.relname AS name,
           (SELECT json_agg(a.attname ORDER BY k.ord) FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY k(att, ord)
              JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.att WHERE i.indrelid = c.oid AND i.indisprimary) AS keys,
           (SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
    FROM pg_class c WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND (NOT c.relisshared OR c.relname = 'pg_shdepend')
    ORDER BY c.relname`);
}

/** Objects with lower numbers are initdb's. 2200 is the schema `public`, which projects drop, grant and comment on as their own. */
const IS_USERS = (oid: string) => `(${oid} >= 16384 OR ${oid} = 2200)`;
const THIS_DATABASE = '(SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())';

/** All rows of one database: `pg_shdepend` has those of all. */
export function ownRows(name: string): string {
  return name === 'pg_shdepend' ? `pg_catalog.pg_shdepend WHERE dbid = ${THIS_DATABASE}` : `pg_catalog.${name}`;
}

/**
 * The present rows as `c`, those of the project only: not initdb's, nor of temporary objects, which belong to live sessions.
 * `temporary` is a list of numbers.
 */
export function presentRows({ name, keys }: Catalogue, temporary: readonly number[]): string {
  const owner = `c.${keys[0]}`;
  const conditions = [name === 'pg_namespace' ? "c.nspname !~ '^pg_(toast_)?temp_'" : IS_USERS(owner)];
  if (name === 'pg_shdepend') conditions.push(`c.dbid = ${THIS_DATABASE}`);
  const owners = name === 'pg_enum' ? [owner, 'c.enumtypid'] : [owner];
  if (temporary.length > 0) conditions.push(...owners.map((one) => `${one} <> ALL ('{${temporary.join()}}'::oid[])`));
  return `pg_catalog.${name} c WHERE ${conditions.join(' AND ')}`;
}

/** The rows about objects of initdb, as `c`. */
export function builtInRows({ name, keys }: Catalogue): string | undefined {
  if (name === 'pg_namespace') return undefined;
  const own = name === 'pg_shdepend' ? ` AND c.dbid = ${THIS_DATABASE}` : '';
  return `pg_catalog.${name} c WHERE NOT ${IS_USERS(`c.${keys[0]}`)}${own}`;
}

/** The rows of the baseline, with the columns of the catalogue and their place as `seatrial_ctid`. */
export function baselineRows({ name, scope }: Pick<Catalogue, 'name' | 'scope'>): string {
  return name === 'pg_attribute'
    ? `(SELECT ctid AS seatrial_ctid, * FROM seatrial.baseline_attribute WHERE scope = '${scope}')`
    : `(SELECT ctid AS seatrial_ctid, (${name}).* FROM seatrial.baseline WHERE scope = '${scope}' AND catalogue = '${name}')`;
}

export function isSameRow({ keys }: Catalogue): string {
  return keys.map((key) => `b.${key} = c.${key}`).join(' AND ');
}

/** Node trees have no operators, but a text. */
export function isSameContent({ compared }: Catalogue): string {
  const row = (alias: string) => `ROW(${compared.map((column) => `${alias}.${column}`).join(', ')})::text`;
  return `${row('b')} = ${row('c')}`;
}

/** Everything in temporary schemas, by their dependencies. */
export async function readTemporary(connection: RewindConnection): Promise<number[]> {
  const [row] = await connection.prepared<{ oids: number[] }>(
    'seatrial-temporary',
    `
    WITH RECURSIVE temporary(classid, oid) AS (
      SELECT 'pg_namespace'::regclass::oid, oid FROM pg_namespace WHERE nspname ~ '^pg_(toast_)?temp_'
      UNION SELECT d.classid, d.objid FROM pg_depend d JOIN temporary t ON d.refclassid = t.classid AND d.refobjid = t.oid
    ) SELECT coalesce(json_agg(DISTINCT oid::int8), '[]') AS oids FROM temporary WHERE classid <> 'pg_namespace'::regclass`,
  );
  return row?.oids ?? [];
}
