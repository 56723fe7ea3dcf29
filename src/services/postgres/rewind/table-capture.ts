import crypto from 'node:crypto';
import type { TableShape } from './table-shape.ts';

/** Fires before the user's triggers: names sort by byte, and `!` is below all letters. */
const PREFIX = '!seatrial';
const ON = `current_setting('seatrial.off', true) IS DISTINCT FROM '1'`;

/** The statements that make a table's changes reach the log. Triggers fire always, also for sessions in replica role (fixture loaders). */
export function captureStatements(table: TableShape): string[] {
  const trigger = (suffix: string, timing: string, how: string, call: string, argument = '') => [
    `DROP TRIGGER IF EXISTS "${PREFIX}_${suffix}" ON ${table.name}`,
    `CREATE TRIGGER "${PREFIX}_${suffix}" ${timing} ON ${table.name} ${how} EXECUTE FUNCTION seatrial.${call}(${argument})`,
    `ALTER TABLE ${table.name} ENABLE ALWAYS TRIGGER "${PREFIX}_${suffix}"`,
  ];
  const isPlaced = table.keys.length === 0;
  const statements = [
    ...trigger('image', 'BEFORE UPDATE OR DELETE', `FOR EACH ROW WHEN (${ON})`, imageFunction(table)),
    ...trigger('truncate', 'BEFORE TRUNCATE', `FOR EACH STATEMENT WHEN (${ON})`, 'capture_truncate', isPlaced ? "'placed'" : ''),
  ];
  const level = table.isPartition ? 'ROW' : 'STATEMENT';
  if (isPlaced) return [...statements, ...trigger('insert', 'AFTER INSERT', `FOR EACH ${level} WHEN (${ON})`, 'capture_flag')];

  const byRow = keyFunction(table, 'row');
  const onInsert = table.isPartition ? byRow : keyFunction(table, 'statement');
  const transition = table.isPartition ? '' : 'REFERENCING NEW TABLE AS seatrial_new ';
  const isSame = table.keys.map(({ name, equals }) => `OLD.${name} ${equals} NEW.${name}`).join(' AND ');
  return [
    ...new Set([byRow.create, onInsert.create]),
    ...statements,
    ...trigger('insert', 'AFTER INSERT', `${transition}FOR EACH ${level} WHEN (${ON})`, onInsert.name),
    // A changed key: the new one counts as inserted.
    ...trigger('key', 'AFTER UPDATE', `FOR EACH ROW WHEN (${ON} AND NOT (${isSame}))`, byRow.name),
  ];
}

function imageFunction({ keys, hasNames }: TableShape): string {
  if (keys.length === 0) return 'capture_placed';
  return hasNames ? 'capture_names' : 'capture_image';
}

export function isIntegerKey({ keys }: TableShape): boolean {
  return keys.length === 1 && /^(bigint|integer|smallint)$/.test(keys[0]?.type ?? '');
}

/** Types whose text does not depend on settings of the app's session; others cost the settings' being set. */
function isPlain({ keys }: TableShape): boolean {
  return keys.every(({ type }) => /^(bigint|integer|smallint|text|uuid|boolean|bytea|(character|numeric).*)$/.test(type));
}

const STYLE = `SET DateStyle = ISO SET IntervalStyle = postgres SET extra_float_digits = 1 SET search_path = ''`;

/** Logs the keys of inserted rows; tables with keys of the same name and type share it. */
function keyFunction(table: TableShape, level: 'row' | 'statement'): { readonly name: string; readonly create: string } {
  const source = level === 'row' ? 'NEW' : 'n';
  const isInteger = isIntegerKey(table);
  const key = isInteger
    ? `${source}.${table.keys[0]?.name}`
    : `ARRAY[${table.keys.map(({ name }) => `${source}.${name}::text`).join(', ')}]`;
  const column = isInteger ? 'ik' : 'tk';
  const name = `capture_keys_${level}_${crypto
    .createHash('sha256')
    .update(`${column} ${key} ${isPlain(table)}`)
    .digest('hex')
    .slice(0, 12)}`;
  const insert =
    level === 'row'
      ? `INSERT INTO seatrial.log (rel, ${column}) VALUES (TG_RELID, ${key})`
      : `INSERT INTO seatrial.log (rel, ${column}) SELECT TG_RELID, ${key} FROM seatrial_new n`;
  return {
    name,
    create: `CREATE OR REPLACE FUNCTION seatrial.${name}() RETURNS trigger LANGUAGE plpgsql ${isPlain(table) ? '' : STYLE} AS $f$BEGIN ${insert}; RETURN NULL; END$f$`,
  };
}
