import { SeatrialError } from '../../errors.ts';
import type { Row } from './connect.ts';
import type { ControlConnection } from './control-connection.ts';
import { quoteName, quoteText } from './identifier.ts';
import { MARKER_NAME, type Marker, toMarker } from './marker.ts';

/**
 * Copies a database inside a server: MySQL has no statement for it. Marked before anything else, so that a copy that breaks off is ours to
 * drop. Tables with their rows, sequences, views, routines, triggers and events; rights are not copied, and everything belongs to our user.
 */
export async function copyDatabase(
  control: ControlConnection,
  { source, name, marker }: { readonly source: string; readonly name: string; readonly marker: Marker },
): Promise<void> {
  const { query } = control;
  const [schema] = await query(
    `select default_character_set_name as cs, default_collation_name as co from information_schema.schemata where schema_name = ${quoteText(source)}`,
  );
  if (!schema) throw new Error(`there is no database ${source}`);
  await makeMarked(control, { name, marker, defaults: `CHARACTER SET ${schema.cs} COLLATE ${schema.co}` });
  await query(`USE ${quoteName(name)}`);
  const tables = await query(
    `select table_name as name, table_type as type from information_schema.tables where table_schema = ${quoteText(source)} order by table_name`,
  );
  const named = (type: RegExp) => tables.filter((table) => type.test(String(table.type))).map((table) => String(table.name));
  const definition = async (kind: string, item: string, column: RegExp): Promise<string> => {
    const [row] = await query(`SHOW CREATE ${kind} ${quoteName(source)}.${quoteName(item)}`);
    const text = Object.entries(row ?? {}).find(([key]) => column.test(key))?.[1];
    if (text !== null && text !== undefined) return String(text);
    throw new SeatrialError(
      'SEATRIAL_LEASE_FAILED',
      `the ${kind} ${item} of ${source} can't be copied: our user may not see its definition`,
      {
        hint: 'MariaDB: GRANT SELECT ON mysql.proc TO the user (11.3 or later: SHOW CREATE ROUTINE ON the database); MySQL: GRANT SHOW_ROUTINE ON *.*',
        details: { database: source, kind, name: item },
      },
    );
  };
  // A definer other than our user takes rights that few have.
  const ours = (text: string) =>
    text
      .replace(/^(CREATE\s+(?:ALGORITHM=\w+\s+)?)DEFINER=(?:`(?:[^`]|``)*`|\S+?)@(?:`(?:[^`]|``)*`|\S+)\s+/i, '$1')
      .replaceAll(`${quoteName(source)}.`, `${quoteName(name)}.`);

  for (const sequence of named(/^SEQUENCE$/)) {
    await query(await definition('SEQUENCE', sequence, /^Create Table$/i));
    const [at] = await query(`select next_not_cached_value as next from ${quoteName(source)}.${quoteName(sequence)}`);
    await query(`select setval(${quoteName(sequence)}, ${at?.next}, 0)`);
  }
  for (const table of named(/^(?:BASE TABLE|SYSTEM VERSIONED)$/)) {
    await query(ours(await definition('TABLE', table, /^Create Table$/i)));
    await copyRows(query, source, table);
  }
  await untilAllAreMade(named(/^VIEW$/), async (view) => query(ours(await definition('VIEW', view, /^Create View$/i))));
  for (const { name: item, type } of await routinesOf(query, source))
    await query(ours(await definition(String(type), String(item), /^Create (?:Procedure|Function)$/i)));
  for (const [kind, column, sql] of [
    [
      'TRIGGER',
      /^SQL Original Statement$/i,
      `select trigger_name as name, sql_mode as mode from information_schema.triggers where trigger_schema = ${quoteText(source)} order by action_order`,
    ],
    [
      'EVENT',
      /^Create Event$/i,
      `select event_name as name, sql_mode as mode from information_schema.events where event_schema = ${quoteText(source)}`,
    ],
  ] as const)
    for (const { name: item, mode } of await query(sql)) {
      await query(`SET sql_mode = ${quoteText(String(mode))}`);
      await query(ours(await definition(kind, String(item), column)));
      await query('SET sql_mode = DEFAULT');
    }
  await query('USE information_schema'); // whoever drops the copy ends the connections to it
}

/** Makes an empty database of ours. */
export async function makeMarked(
  { query }: ControlConnection,
  { name, marker, defaults = '' }: { readonly name: string; readonly marker: Marker; readonly defaults?: string },
): Promise<void> {
  await query(`CREATE DATABASE ${quoteName(name)} ${defaults}`);
  await query(`CREATE PROCEDURE ${quoteName(name)}.${MARKER_NAME}() COMMENT ${quoteText(toMarker(marker))} BEGIN END`);
}

type Query = ControlConnection['query'];

async function copyRows(query: Query, source: string, table: string): Promise<void> {
  const columns = await query(
    `select column_name as name from information_schema.columns where table_schema = ${quoteText(source)} and table_name = ${quoteText(table)}
      and coalesce(generation_expression, '') = '' order by ordinal_position`,
  );
  const list = columns.map((column) => quoteName(String(column.name))).join(', ');
  await query(`SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION'`);
  await query(`INSERT INTO ${quoteName(table)} (${list}) SELECT ${list} FROM ${quoteName(source)}.${quoteName(table)}`);
  await query('SET sql_mode = DEFAULT');
}

async function routinesOf(query: Query, source: string): Promise<readonly Row[]> {
  return query(
    `select routine_name as name, routine_type as type from information_schema.routines where routine_schema = ${quoteText(source)}
      and routine_name <> '${MARKER_NAME}' and routine_type in ('PROCEDURE', 'FUNCTION')`,
  );
}

/** Views may stand on views: those that fail are tried again while any can be made. */
async function untilAllAreMade(names: readonly string[], make: (name: string) => Promise<unknown>): Promise<void> {
  const failed: string[] = [];
  let failure: unknown;
  for (const name of names)
    await make(name).catch((error: unknown) => {
      failed.push(name);
      failure = error;
    });
  if (failed.length === names.length && failure) throw failure;
  if (failed.length > 0) await untilAllAreMade(failed, make);
}
