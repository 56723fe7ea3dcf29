import type { Connection, RowDataPacket } from 'mysql2/promise';
import type { Kept } from '../../core/reset.ts';
import { connect, type Row, type Target } from './connect.ts';
import { toFields } from './fields.ts';
import { quoteName, quoteText } from './identifier.ts';

export interface KeepRequest {
  /** The leased server, as its administrator, with the app's database. */
  readonly lease: Target;
  /** The session's own server, which outlives leases, as its administrator. */
  readonly main: Target;
  /** How the copy is opened: by the app's user. */
  readonly user: Pick<Target, 'user' | 'password'>;
  readonly name: string;
}

/** Of a failed test: tables with their rows, sequences and views; not what only runs, such as triggers, routines and events. */
export async function keepState({ lease, main, user, name }: KeepRequest): Promise<Kept> {
  const [from, to] = await Promise.all([connect({ ...lease, database: undefined }), connect({ ...main, database: undefined })]);
  try {
    for (const client of [from, to]) for (const sql of BOTH) await client.query(sql);
    await from.query('SET character_set_results = NULL'); // bytes of text as they are stored
    await from.query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
    const databases = (await ask(from, databasesOf(lease.database))).map(({ db }) => String(db));
    const copies = databases.map((db, i) => ({ db, copy: toCopyName(name, i === 0 ? '' : db) }));
    const left: string[] = [];
    for (const { db, copy } of copies) left.push(...(await copyDatabase(from, to, db, copy)));
    const [first, ...others] = copies;
    const { url } = toFields('mariadb', { ...main, ...user, database: first?.copy }, undefined);
    const notes = [
      ...others.map(({ db, copy }) => `${db} is ${copy}`),
      ...(left.length > 0 ? [`without ${left.join(', ')}`] : []),
    ];
    const line = `mariadb -h${main.host} -P${main.port} -u${user.user} -p${user.password} ${first?.copy}`;
    return { url, open: notes.length > 0 ? `${line} # ${notes.join('; ')}` : line };
  } finally {
    await Promise.all([from.end(), to.end()]);
  }
}

const BOTH = [
  "SET time_zone = '+00:00', foreign_key_checks = 0, unique_checks = 0, check_constraint_checks = 0",
  "SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION'",
];

/** The app's comes first. */
function databasesOf(app: string | undefined): string {
  return `SELECT ${text('SCHEMA_NAME')} AS db FROM information_schema.SCHEMATA
    WHERE SCHEMA_NAME NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys', 'seatrial') ORDER BY SCHEMA_NAME = ${quoteText(app ?? '')} DESC, 1`;
}

function toCopyName(name: string, database: string): string {
  return `kept_${name}${database && `_${database}`}`.replace(/[^a-zA-Z0-9_]/g, '_').slice(0, 64);
}

/** Answers what could not be copied. */
async function copyDatabase(from: Connection, to: Connection, db: string, copy: string): Promise<readonly string[]> {
  const here = quoteText(db);
  const [defaults] = await ask(
    from,
    `SELECT ${text('DEFAULT_CHARACTER_SET_NAME')} AS cs, ${text('DEFAULT_COLLATION_NAME')} AS co FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ${here}`,
  );
  await to.query(`CREATE DATABASE ${quoteName(copy)} CHARACTER SET ${defaults?.cs} COLLATE ${defaults?.co}`);
  await to.query(`USE ${quoteName(copy)}`);
  await from.query(`USE ${quoteName(db)}`);
  const tables = await ask(
    from,
    `SELECT ${text('TABLE_NAME')} AS name, ${text('TABLE_TYPE')} AS type FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${here} ORDER BY TABLE_TYPE = 'VIEW', TABLE_TYPE <> 'SEQUENCE', 1`,
  );
  const left: string[] = [];
  let views: string[] = [];
  for (const { name, type } of tables) {
    if (type === 'VIEW') views.push(String(name));
    else await copyTable(from, to, db, String(name), type === 'SEQUENCE').catch(() => left.push(`${name}`));
  }
  // Views of views: each round creates those whose ground is there.
  for (let failed: string[] = []; views.length > 0; views = failed, failed = []) {
    for (const view of views)
      await definition(from, view)
        .then((sql) => to.query(sql.replaceAll(`${quoteName(db)}.`, '')))
        .catch(() => failed.push(view));
    if (failed.length < views.length) continue;
    left.push(...failed);
    break;
  }
  return left;
}

async function copyTable(from: Connection, to: Connection, db: string, name: string, isSequence: boolean): Promise<void> {
  await to.query((await definition(from, name)).replaceAll(`${quoteName(db)}.`, ''));
  if (isSequence) {
    const [at] = await ask(from, `SELECT next_not_cached_value AS next FROM ${quoteName(name)}`);
    await to.query(`SELECT SETVAL(${quoteName(name)}, ${at?.next}, 0)`);
    return;
  }
  const columns = await ask(
    from,
    `SELECT ${text('COLUMN_NAME')} AS name, ${text('DATA_TYPE')} AS type FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA = ${quoteText(db)} AND TABLE_NAME = ${quoteText(name)} AND IS_GENERATED <> 'ALWAYS' ORDER BY ORDINAL_POSITION`,
  );
  const list = columns.map((column) => quoteName(String(column.name)));
  const values = columns.map(({ type }, i) => (type === 'float' ? `CAST(${list[i]} AS DOUBLE)` : list[i]));
  const [rows] = await from.query<RowDataPacket[]>({
    sql: `SELECT ${values.join(', ')} FROM ${quoteName(name)}`,
    rowsAsArray: true,
    typeCast: (field) => field.buffer(),
  });
  const insert = `INSERT INTO ${quoteName(name)} (${list.join(', ')}) VALUES `;
  let batch: string[] = [];
  let size = 0;
  const send = async () => {
    if (batch.length > 0) await to.query(insert + batch.join(', '));
    [batch, size] = [[], 0];
  };
  for (const row of rows as unknown as readonly (readonly (Buffer | null)[])[]) {
    const one = `(${row.map((value, i) => toLiteral(value, String(columns[i]?.type))).join(', ')})`;
    batch.push(one);
    size += one.length;
    if (size > LARGEST_BATCH) await send();
  }
  await send();
}

const LARGEST_BATCH = 500_000;

/** Bytes go as they are, so that nothing is converted on the way. */
function toLiteral(value: Buffer | null, type: string): string {
  if (value === null) return 'NULL';
  if (/^((tiny|small|medium|big)?int|decimal|float|double|year)$/.test(type)) return value.toString('latin1');
  if (/^(date|time|datetime|timestamp|uuid|inet[46])$/.test(type)) return `'${value.toString('latin1')}'`;
  return value.length === 0 ? "''" : `x'${value.toString('hex')}'`;
}

async function definition(from: Connection, name: string): Promise<string> {
  await from.query('SET character_set_results = utf8mb4');
  const [row] = await ask(from, `SHOW CREATE TABLE ${quoteName(name)}`);
  await from.query('SET character_set_results = NULL');
  return String(row?.['Create Table'] ?? row?.['Create View']).replace(/^(CREATE ALGORITHM=\w+ )DEFINER=\S+ /, '$1');
}

function text(column: string): string {
  return `CONVERT(${column} USING utf8mb4)`;
}

async function ask(client: Connection, sql: string): Promise<readonly Row[]> {
  return (await client.query(sql))[0] as unknown as readonly Row[];
}
