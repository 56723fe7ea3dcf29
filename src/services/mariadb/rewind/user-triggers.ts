import { quoteName, quoteText } from '../identifier.ts';
import { SQL_MODE } from './connection.ts';
import type { UserTrigger } from './table-shape.ts';

const HEAD = 'IF @seatrial_off IS NULL THEN /* this line and the last are of Seatrial: not while it takes rows back */\n';
const TAIL = '\n; END IF';

/**
 * MariaDB can't switch triggers off for a session. So the project's own are made anew with a condition around their body, else taking a row back
 * would fire them. Those of one table, time and event must come in the order in which they fire.
 */
export function guardStatements(triggers: readonly UserTrigger[]): readonly string[] {
  const groups = Map.groupBy(triggers, ({ database, table, timing, event }) => [database, table, timing, event].join('\0'));
  const open = [...groups.values()].filter((group) => group.some(({ body }) => !body.startsWith(HEAD))).flat();
  return createTriggers(open.map((trigger) => ({ ...trigger, body: `${HEAD}${unguarded(trigger)}${TAIL}` })));
}

/** The body as the project wrote it. */
export function unguarded({ body }: UserTrigger): string {
  return body.startsWith(HEAD) ? body.slice(HEAD.length, -TAIL.length) : body;
}

/** In the order given; each with the settings that it was made under. */
export function createTriggers(triggers: readonly UserTrigger[]): readonly string[] {
  if (triggers.length === 0) return [];
  return [
    ...triggers.flatMap((trigger) => [
      `SET sql_mode = ${quoteText(trigger.sqlMode)}, collation_connection = ${quoteText(trigger.collation)}`,
      createTrigger(trigger),
    ]),
    `SET sql_mode = ${quoteText(SQL_MODE)}`,
    'SET NAMES utf8mb4',
  ];
}

function createTrigger({ database, name, timing, event, table, body, definer }: UserTrigger): string {
  const at = definer.lastIndexOf('@');
  const account = `${quoteName(definer.slice(0, at))}@${quoteName(definer.slice(at + 1))}`;
  return `CREATE OR REPLACE DEFINER=${account} TRIGGER ${quoteName(database)}.${quoteName(name)} ${timing} ${event} ON ${quoteName(database)}.${quoteName(table)} FOR EACH ROW ${body}`;
}
