import crypto from 'node:crypto';
import type { TableShape } from './table-shape.ts';

/** Fires before the user's triggers: names sort by byte, and `!` is below all letters. */
const PREFIX = '!seatrial';

/**
 * The statements that make a table's changes reach the log. Triggers fire always, also for sessions in replica role (fixture loaders); it is their
 * functions that look whether capture is off, since a condition of a trigger is parsed anew for each statement: 10 us, more than the call.
 */
export function captureStatements(table: TableShape): string[] {
  const trigger = (suffix: string, timing: string, how: string, call: string) => [
    `DROP TRIGGER IF EXISTS "${PREFIX}_${suffix}" ON ${table.name}`,
    `CREATE TRIGGER "${PREFIX}_${suffix}" ${timing} ON ${table.name} ${how} EXECUTE FUNCTION seatrial.${call}()`,
    `ALTER TABLE ${table.name} ENABLE ALWAYS TRIGGER "${PREFIX}_${suffix}"`,
  ];
  const image = imageFunction(table);
  const statements = [
    image.create,
    // After, not before: a change that a trigger of the project cancels is none, and nothing is logged twice.
    ...trigger('image', 'AFTER UPDATE OR DELETE', 'FOR EACH ROW', image.name),
    ...trigger('truncate', 'BEFORE TRUNCATE', 'FOR EACH STATEMENT', 'capture_truncate'),
  ];
  const level = table.isPartition ? 'ROW' : 'STATEMENT';
  if (table.keys.length === 0) return [...statements, ...trigger('insert', 'AFTER INSERT', `FOR EACH ${level}`, 'capture_flag')];

  const byRow = keyFunction(table, 'row');
  const onInsert = table.isPartition ? byRow : keyFunction(table, 'statement');
  const transition = table.isPartition ? '' : 'REFERENCING NEW TABLE AS seatrial_new ';
  return [
    ...new Set([byRow.create, onInsert.create]),
    ...statements,
    ...trigger('insert', 'AFTER INSERT', `${transition}FOR EACH ${level}`, onInsert.name),
    // A changed key: the new one counts as inserted. Other statements change none, unless a trigger of the project does: `seatrial.watch_keys()`.
    ...trigger('key', `AFTER UPDATE OF ${table.keys.map(({ name }) => name).join(', ')}`, 'FOR EACH ROW', byRow.name),
  ];
}

/** How to know that a setting of the app's session is one whose text all can read; those of the search path never are. */
const READABLE = {
  DateStyle: "current_setting('DateStyle') LIKE 'ISO%'",
  IntervalStyle: "current_setting('IntervalStyle') = 'postgres'",
  extra_float_digits: "current_setting('extra_float_digits') IN ('1', '2', '3')",
  search_path: 'false',
} as const;

/** Logs the image of a row; tables whose columns depend on the same settings share it. */
function imageFunction({ styles }: TableShape): { readonly name: string; readonly create: string } {
  const name = ['capture_image', ...styles.map((style) => style.toLowerCase())].join('_');
  const log = (text: string) => `INSERT INTO seatrial.log (rel, x, img) VALUES (TG_RELID, OLD.xmin, ${text})`;
  const isReadable = styles.map((style) => READABLE[style]).join(' AND ');
  const image =
    isReadable === ''
      ? log('OLD::text')
      : `IF ${isReadable} THEN ${log('OLD::text')}; ELSE ${log('seatrial.to_text(OLD)')}; END IF`;
  return {
    name,
    create: `CREATE OR REPLACE FUNCTION seatrial.${name}() RETURNS trigger LANGUAGE plpgsql AS $f$BEGIN
  IF current_setting('seatrial.off', true) = '1' THEN RETURN NULL; END IF;
  ${image};
  RETURN NULL;
END$f$`,
  };
}

export function isIntegerKey({ keys }: TableShape): boolean {
  return keys.length === 1 && /^(bigint|integer|smallint)$/.test(keys[0]?.type ?? '');
}

/** Types whose text does not depend on settings of the app's session; others cost the settings' being set. */
function isPlain({ keys }: TableShape): boolean {
  return keys.every(({ type }) => /^(bigint|integer|smallint|text|uuid|boolean|bytea|(character|numeric).*)$/.test(type));
}

const STYLE = `SET DateStyle = ISO SET IntervalStyle = postgres SET extra_float_digits = 1 SET search_path = ''`;

/** Logs the keys of inserted rows, and of those that have another now; tables with keys of the same name and type share it. */
function keyFunction(table: TableShape, level: 'row' | 'statement'): { readonly name: string; readonly create: string } {
  const source = level === 'row' ? 'NEW' : 'n';
  const isInteger = isIntegerKey(table);
  const key = isInteger
    ? `${source}.${table.keys[0]?.name}`
    : `ARRAY[${table.keys.map(({ name }) => `${source}.${name}::text`).join(', ')}]`;
  const column = isInteger ? 'ik' : 'tk';
  const isSame = table.keys.map(({ name, equals }) => `OLD.${name} ${equals} NEW.${name}`).join(' AND ');
  const insert =
    level === 'row'
      ? `IF TG_OP = 'UPDATE' THEN IF ${isSame} THEN RETURN NULL; END IF; END IF; INSERT INTO seatrial.log (rel, ${column}) VALUES (TG_RELID, ${key})`
      : `INSERT INTO seatrial.log (rel, ${column}) SELECT TG_RELID, ${key} FROM seatrial_new n`;
  const name = `capture_keys_${level}_${crypto
    .createHash('sha256')
    .update(`${insert} ${isPlain(table)}`)
    .digest('hex')
    .slice(0, 12)}`;
  return {
    name,
    create: `CREATE OR REPLACE FUNCTION seatrial.${name}() RETURNS trigger LANGUAGE plpgsql ${isPlain(table) ? '' : STYLE} AS $f$BEGIN
  IF current_setting('seatrial.off', true) = '1' THEN RETURN NULL; END IF;
  ${insert};
  RETURN NULL;
END$f$`,
  };
}
