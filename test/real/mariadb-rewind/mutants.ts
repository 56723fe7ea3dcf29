import type { Connection, RowDataPacket } from 'mysql2/promise';
import { SQL_MODE } from '../../../src/services/mariadb/rewind/connection.ts';

/** A defect that is put into an installed engine: in the text of its triggers or procedures. */
export interface Mutant {
  readonly name: string;
  /** Triggers or procedures of ours by name; the text of one at least must change. */
  readonly of: RegExp;
  readonly from: RegExp;
  readonly to: string;
}

const NOTHING = 'BEGIN END';

export const MUTANTS: readonly Mutant[] = [
  { name: 'deleted rows are not logged', of: /^seatrial_\d+_delete$/, from: /^[\s\S]*$/, to: NOTHING },
  { name: 'a changed key is logged as it was only', of: /^seatrial_\d+_key$/, from: /^[\s\S]*$/, to: NOTHING },
  { name: 'an updated row counts as inserted', of: /^seatrial_\d+_update$/, from: /\(s, 'r'/g, to: "(s, 'n'" },
  {
    name: 'rows that a cascade deletes are not logged',
    of: /^seatrial_\d+_delete$/,
    from: /LOCK IN SHARE MODE/g,
    to: 'AND FALSE',
  },
  {
    name: 'a key that a cascade changes is logged as it was only',
    of: /^seatrial_\d+_update$/,
    from: /(SELECT UUID_SHORT\(\), 'n',[^;]*)LOCK IN SHARE MODE/g,
    to: '$1AND FALSE',
  },
  {
    name: 'a cascade into a table without a key goes unnoticed',
    of: /^seatrial_\d+_deletes?$/,
    from: /INSERT INTO `seatrial`\.i\d+ \([^()]*\) VALUES \(UUID_SHORT\(\), 'x'\);/g,
    to: '',
  },
  {
    name: 'a row without a key that is updated came twice',
    of: /^seatrial_\d+_update$/,
    from: /\(s, '-'/g,
    to: "(s, '+'",
  },
  {
    name: 'rows without a key are told apart by their collation',
    of: /^undo\d+$/,
    from: /BINARY |SHA2\((u\.`\w+`), 256\)/g,
    to: '$1',
  },
  {
    name: 'many rows that came empty a table without a key, whatever was there',
    of: /^undo\d+$/,
    from: / AND seatrial_came = \(SELECT COUNT\(\*\) FROM [^()]*\)/g,
    to: '',
  },
];

/** Replaces the texts on the server, and answers how many: none where all are spoilt already. */
export async function spoil(client: Connection, { of, from, to }: Mutant): Promise<number> {
  await client.query(`SET sql_mode = '${SQL_MODE}'`);
  const [triggers] = await client.query<RowDataPacket[]>(
    `SELECT TRIGGER_SCHEMA AS db, EVENT_OBJECT_TABLE AS tab, TRIGGER_NAME AS name, CONCAT(ACTION_TIMING, ' ', EVENT_MANIPULATION) AS moment,
       ACTION_STATEMENT AS body FROM information_schema.TRIGGERS WHERE TRIGGER_NAME LIKE 'seatrial\\_%'`,
  );
  const [procedures] = await client.query<RowDataPacket[]>(
    "SELECT ROUTINE_NAME AS name FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'seatrial'",
  );
  let found = 0;
  for (const trigger of triggers.filter((each) => of.test(each.name))) {
    const body = String(trigger.body).replace(from, to);
    if (body === trigger.body) continue;
    found++;
    await client.query(
      `CREATE OR REPLACE TRIGGER ${quote(trigger.db)}.${trigger.name} ${trigger.moment} ON ${quote(trigger.db)}.${quote(trigger.tab)} FOR EACH ROW ${body}`,
    );
  }
  for (const procedure of procedures.filter((each) => of.test(each.name))) {
    const [[shown]] = await client.query<RowDataPacket[]>(`SHOW CREATE PROCEDURE seatrial.${procedure.name}`);
    const text = String(shown?.['Create Procedure']);
    const spoilt = text.replace(from, to).replace(/^CREATE (.*?)PROCEDURE /, 'CREATE OR REPLACE $1PROCEDURE seatrial.');
    if (text.replace(from, to) === text) continue;
    found++;
    await client.query(spoilt);
  }
  return found;
}

function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
