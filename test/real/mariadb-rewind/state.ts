import type { Connection, RowDataPacket } from 'mysql2/promise';
import { DATABASES } from './schema.ts';

/**
 * Contents and definitions by a reader that shares nothing with rewind: bytes of each row as the server sends them, floats with all digits,
 * rows sorted, and `SHOW CREATE` of everything. Our own triggers and what is around the project's are left out.
 */
export async function readState(reader: Connection): Promise<ReadonlyMap<string, string>> {
  const state = new Map<string, string>();
  const [objects] = await reader.query<RowDataPacket[]>(
    `SELECT TABLE_SCHEMA db, TABLE_NAME name, TABLE_TYPE type, coalesce(ENGINE, '') engine FROM information_schema.TABLES WHERE TABLE_SCHEMA IN (?) ORDER BY 1, 2`,
    [DATABASES],
  );
  const [columns] = await reader.query<RowDataPacket[]>(
    'SELECT TABLE_SCHEMA db, TABLE_NAME name, COLUMN_NAME col, DATA_TYPE type FROM information_schema.COLUMNS WHERE TABLE_SCHEMA IN (?) ORDER BY 1, 2, ORDINAL_POSITION',
    [DATABASES],
  );
  for (const { db, name, type, engine } of objects) {
    const table = `\`${db}\`.\`${String(name).replaceAll('`', '``')}\``;
    const [[shown]] = await reader.query<RowDataPacket[]>(`SHOW CREATE TABLE ${table}`);
    const create = String(shown?.['Create Table'] ?? shown?.['Create View']);
    state.set(`definition of ${table}`, engine === 'InnoDB' ? create : create.replace(/ AUTO_INCREMENT=\d+/, ''));
    const own = columns.filter((column) => column.db === db && column.name === name);
    if (own.length === 0) {
      state.set(`rows of ${table}`, 'a view whose ground is gone');
      continue;
    }
    const list = own.map(({ col, type: data }) => {
      const quoted = `\`${String(col).replaceAll('`', '``')}\``;
      if (data === 'float') return `CAST(${quoted} AS DOUBLE)`;
      return data === 'timestamp' ? `UNIX_TIMESTAMP(${quoted}), ${quoted}` : quoted;
    });
    const [rows] = await reader.query<RowDataPacket[]>({
      sql: `SELECT ${list.join(', ')} FROM ${table}`,
      rowsAsArray: true,
      typeCast: (field) => field.buffer()?.toString('hex') ?? 'NULL',
    });
    state.set(
      `${type === 'SEQUENCE' ? 'numbers' : 'rows'} of ${table}`,
      rows
        .map((row) => (row as unknown as string[]).join())
        .sort()
        .join('\n'),
    );
  }
  const [triggers] = await reader.query<RowDataPacket[]>(
    `SELECT TRIGGER_SCHEMA db, EVENT_OBJECT_TABLE tab, TRIGGER_NAME name, ACTION_TIMING, EVENT_MANIPULATION, ACTION_STATEMENT body, SQL_MODE, DEFINER FROM information_schema.TRIGGERS
     WHERE TRIGGER_SCHEMA IN (?) AND TRIGGER_NAME NOT LIKE 'seatrial%' ORDER BY 1, 2, 4, 5, ACTION_ORDER`,
    [DATABASES],
  );
  state.set(
    'triggers',
    triggers
      .map((row) => JSON.stringify({ ...row, body: String(row.body).replace(/^IF @seatrial_off[^\n]*\n(.*)\n; END IF$/s, '$1') }))
      .join('\n'),
  );
  const [routines] = await reader.query<RowDataPacket[]>(
    'SELECT ROUTINE_NAME, ROUTINE_DEFINITION FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA IN (?)',
    [DATABASES],
  );
  state.set('routines', JSON.stringify(routines));
  return state;
}

/** What is not as it was, in words. */
export function difference(expected: ReadonlyMap<string, string>, got: ReadonlyMap<string, string>): string | undefined {
  const wrong = [...new Set([...expected.keys(), ...got.keys()])].filter((key) => expected.get(key) !== got.get(key));
  if (wrong.length === 0) return undefined;
  return wrong
    .map((key) => {
      const [was, is] = [expected.get(key)?.split('\n') ?? ['absent'], got.get(key)?.split('\n') ?? ['absent']];
      return `${key}: missing ${was
        .filter((line) => !is.includes(line))
        .slice(0, 3)
        .join(' | ')
        .slice(0, 900)}; too many ${is
        .filter((line) => !was.includes(line))
        .slice(0, 3)
        .join(' | ')
        .slice(0, 900)} (${was.length}, ${is.length} lines)`;
    })
    .join('\n');
}
