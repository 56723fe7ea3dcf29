import type pg from 'pg';

/** A defect that is put into an installed engine: in the text of its functions, or in its triggers. */
export interface Mutant {
  readonly name: string;
  /** Which fuzz test is to find it. */
  readonly engine: 'flat' | 'nested';
  /** Functions of the schema `seatrial` by name; each must change. */
  readonly functions?: RegExp;
  readonly from?: RegExp;
  readonly to?: string;
  /** Statements instead; `%s` is each table that has the trigger `trigger`. */
  readonly trigger?: string;
  readonly statement?: string;
  /** Definitions are changed in every so many rounds. */
  readonly definitionsEvery?: number;
}

const PER_TABLE = /^rewind_\d+$/;

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'images of rows that the test has made count as the baseline’s',
    engine: 'flat',
    functions: PER_TABLE,
    from: /age\(l\.x\) >= age\("seatrial checkpoint"\)/g,
    to: 'true',
  },
  {
    name: 'the age of images is compared the wrong way round',
    engine: 'flat',
    functions: PER_TABLE,
    from: /age\(l\.x\) >= age/g,
    to: 'age(l.x) <= age',
  },
  {
    name: 'inserted rows with an integer key stay',
    engine: 'flat',
    functions: PER_TABLE,
    from: /l\.ik IS NOT NULL/g,
    to: 'false',
  },
  { name: 'inserted rows with another key stay', engine: 'flat', functions: PER_TABLE, from: /l\.tk IS NOT NULL/g, to: 'false' },
  {
    name: 'rows of child tables go with their parent’s',
    engine: 'flat',
    functions: PER_TABLE,
    from: /DELETE FROM ONLY/g,
    to: 'DELETE FROM',
  },
  {
    name: 'the checkpoint stays where it was',
    engine: 'flat',
    functions: /^rewind$/,
    from: /WITH gone AS \((.*)\) UPDATE .*;/g,
    to: '$1;',
  },
  { name: 'the log is not emptied', engine: 'flat', functions: /^rewind$/, from: /WITH gone AS \(.*\) UPDATE/g, to: 'UPDATE' },
  {
    name: 'sequences stay where the test has left them',
    engine: 'flat',
    functions: /^rewind$/,
    from: /IS DISTINCT FROM CASE/g,
    to: 'IS NULL AND 0 = CASE',
  },
  {
    name: 'images are written in the style of the app’s session',
    engine: 'flat',
    functions: /^capture_image_/,
    from: /current_setting\('DateStyle'\) LIKE 'ISO%'/g,
    to: 'true',
  },
  {
    name: 'changed keys are not logged',
    engine: 'flat',
    trigger: '!seatrial_key',
    statement: 'DROP TRIGGER "!seatrial_key" ON %s',
  },
  {
    name: 'keys that a trigger of the project changes are not logged',
    engine: 'flat',
    trigger: '!seatrial_moved',
    statement: 'DROP TRIGGER "!seatrial_moved" ON %s',
  },
  {
    name: 'TRUNCATE is not captured',
    engine: 'flat',
    trigger: '!seatrial_truncate',
    statement: 'DROP TRIGGER "!seatrial_truncate" ON %s',
  },
  {
    name: 'capture sleeps in sessions with the replica role',
    engine: 'flat',
    trigger: '!seatrial_image',
    statement: 'ALTER TABLE %s ENABLE TRIGGER "!seatrial_image"',
  },
  {
    name: 'definitions are not noticed',
    engine: 'flat',
    definitionsEvery: 2,
    functions: /^rewind$/,
    from: /EXISTS \(SELECT FROM seatrial\.mark\)/g,
    to: 'false',
  },
  {
    name: 'rows that come back are as new as the rewind',
    engine: 'nested',
    functions: /^rewind_to$/,
    from: /INSERT INTO seatrial\.restored VALUES \(level\);/g,
    to: '',
  },
  {
    name: 'what wider depths have written is undone too',
    engine: 'nested',
    functions: /^depth_of$/,
    from: /age\(s\.start\) > age\(x\) ORDER BY age\(s\.start\)/g,
    to: 'age(s.start) > age(x) ORDER BY age(s.start) DESC',
  },
  {
    name: 'images of the wrong depth come back',
    engine: 'nested',
    functions: /^restore_\d+$/,
    from: /l\.depth = "seatrial depth"/g,
    to: 'l.depth <= "seatrial depth"',
  },
];

/**
 * Mutants that no state can tell apart, tried and left out: without `s.backend_xid IS NOT NULL` in is_busy() a writer is still held by the lock on
 * the log; with the clause for idle transactions gone, only those with a snapshot would go unnoticed, whose later writes are newer than the
 * checkpoint; without `OFFSET 0` rows are only read more often.
 */
export async function spoil(client: pg.Client, mutant: Mutant): Promise<void> {
  await client.query("SET seatrial.off = '1'; SET search_path = ''");
  for (const statement of await statementsOf(client, mutant)) await client.query(statement);
  await client.query('SELECT seatrial.take_checkpoint(); RESET search_path; RESET seatrial.off');
}

async function statementsOf(client: pg.Client, mutant: Mutant): Promise<string[]> {
  const { functions, from, to = '', trigger, statement = '' } = mutant;
  if (trigger !== undefined) {
    const { rows } = await client.query<{ name: string }>(
      'SELECT tgrelid::regclass::text AS name FROM pg_trigger WHERE tgname = $1',
      [trigger],
    );
    return rows.map(({ name }) => statement.replace('%s', () => name));
  }
  const { rows } = await client.query<{ name: string; text: string }>(
    "SELECT proname AS name, pg_get_functiondef(oid) AS text FROM pg_proc WHERE pronamespace = 'seatrial'::regnamespace",
  );
  const changed = rows
    .filter(({ name }) => functions?.test(name))
    .map(({ text }) => ({ text, spoiled: text.replace(from ?? '', to) }))
    .filter(({ text, spoiled }) => text !== spoiled);
  if (changed.length === 0) throw new Error(`the mutant changes nothing: ${mutant.name}`);
  return changed.map(({ spoiled }) => spoiled);
}
