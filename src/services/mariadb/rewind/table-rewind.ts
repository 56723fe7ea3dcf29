import { quoteName } from '../identifier.ts';
import { columnList, imageTable, isSmallKey, OP, SEQ, writableColumns } from './image.ts';
import type { CentralEvent } from './look.ts';
import { sqlName, type TableShape } from './table-shape.ts';

/** Which events are undone, as a condition on a column: from some `seq` on, or by spans where a wide fixture has run late. */
export interface Undone {
  readonly where: (column: string) => string;
  /** Events that stay may be newer than those that go. */
  readonly isSpotted: boolean;
}

/** The statements that take one dirty table back, and empty its log of these events. */
export interface TableRewind {
  readonly now: readonly string[];
  /** May come after the transaction, but before anybody looks into the log again. */
  readonly later: readonly string[];
}

export function rewindStatements(
  log: string,
  table: TableShape,
  undone: Undone,
  events: readonly CentralEvent[] = [],
): TableRewind {
  if (
    !undone.isSpotted &&
    isSmallKey(table) &&
    events.length > 0 &&
    events.length <= FEW &&
    events.every(({ op }) => op === 'r' || op === 'n')
  )
    return rewindFew(log, table, events);
  const image = imageTable(log, table);
  const clear = `DELETE FROM ${image} WHERE ${undone.where(SEQ)}`;
  if (table.key.length === 0)
    return { now: [`CALL ${quoteName(log)}.undo${table.rel}(${undoneText(undone)})`, clear], later: [] };
  const key = columnList(table.key, 'l.');
  const match = (alias: string) => table.key.map((name) => `${alias}.${quoteName(name)} = l.${quoteName(name)}`).join(' AND ');
  // What a wide fixture wrote after the test did stays, whatever the test had done to the row.
  const stays = undone.isSpotted
    ? ` AND NOT EXISTS (SELECT 1 FROM ${image} w WHERE ${match('w')} AND w.${SEQ} > l.${SEQ} AND NOT (${undone.where(`w.${SEQ}`)}))`
    : '';
  const which = `${undone.where(`l.${SEQ}`)}${stays}`;
  const columns = writableColumns(table);
  const now = [
    `DELETE t FROM ${image} l STRAIGHT_JOIN ${sqlName(table)} t ON ${match('t')} WHERE ${which}`,
    `INSERT INTO ${sqlName(table)} (${columnList(columns)}) SELECT ${columnList(columns, 'i.')} FROM
  (SELECT MIN(l.${SEQ}) AS first FROM ${image} l WHERE ${which} GROUP BY ${key}) f STRAIGHT_JOIN ${image} i ON i.${SEQ} = f.first AND i.${OP} = 'r'`,
    clear,
  ];
  return { now, later: [] };
}

const COUNT = '`!seatrial_n`';

/** Up to so many events are told one by one. */
const FEW = 300;

/** By keys and numbers of events that are known already: nothing is left to join. */
function rewindFew(log: string, table: TableShape, events: readonly CentralEvent[]): TableRewind {
  const image = imageTable(log, table);
  const firsts = new Map<string, CentralEvent>();
  for (const event of events) {
    const id = `${event.k1},${event.k2}`;
    if (!firsts.has(id)) firsts.set(id, event);
  }
  const [first = '', second] = table.key.map(quoteName);
  const keys = [...firsts.values()];
  const match =
    second === undefined
      ? `${first} IN (${keys.map(({ k1 }) => k1).join(', ')})`
      : keys.map(({ k1, k2 }) => `(${first} = ${k1} AND ${second} = ${k2})`).join(' OR ');
  const images = keys.filter(({ op }) => op === 'r').map(({ seq }) => seq);
  const columns = columnList(writableColumns(table));
  const now = [
    `DELETE FROM ${sqlName(table)} WHERE ${match}`,
    ...(images.length > 0
      ? [`INSERT INTO ${sqlName(table)} (${columns}) SELECT ${columns} FROM ${image} WHERE ${SEQ} IN (${images.join(', ')})`]
      : []),
  ];
  // By name, and never by a look at other rows: what is written meanwhile stays, and is in nobody's way.
  const seqs = events.map(({ seq }) => seq).join(', ');
  return { now, later: [`DELETE i FROM ${image} i FORCE INDEX (PRIMARY) WHERE i.${SEQ} IN (${seqs})`] };
}

/** The procedure for a table without a key has no statement text of its own for each call: it gets the condition as ranges. */
function undoneText({ where }: Undone): string {
  return `'${where(SEQ).replaceAll("'", "''")}'`;
}

/**
 * Without a key, rows are equal when all their bytes are. What came more often than it went is deleted that many times, what went more often is
 * inserted: whichever of equal rows that is. A procedure, since only its row variables carry values from one statement to the next unconverted.
 */
export function undoProcedure(log: string, table: TableShape): readonly string[] {
  if (table.key.length > 0) return [];
  const image = imageTable(log, table);
  const written = table.columns.filter(({ isGenerated }) => !isGenerated);
  const columns = written.map(({ name }) => name);
  const same = written.map(({ name, kind }) => {
    const column = quoteName(name);
    const own = `${sqlName(table)}.${column}`; // a bare name would be a variable of the procedure, where it has one of that name
    if (kind === 'text') return `BINARY ${own} <=> BINARY r.${column}`;
    if (kind === 'geometry') return `HEX(${own}) <=> HEX(r.${column})`;
    return `${own} <=> r.${column}`;
  });
  const groups = written.map(({ name, kind }) => {
    const column = `u.${quoteName(name)}`;
    if (kind === 'text') return `SHA2(${column}, 256)`;
    return kind === 'geometry' ? `SHA2(HEX(${column}), 256)` : column;
  });
  const name = `${quoteName(log)}.undo${table.rel}`;
  const counts = `SELECT ${columnList(columns, 'u.')}, SUM(IF(u.${OP} = '+', 1, -1)) AS ${COUNT} FROM ${quoteName(log)}.u${table.rel} u GROUP BY ${groups.join(', ')}`;
  return [
    `CREATE OR REPLACE PROCEDURE ${name}(seatrial_undone TEXT CHARACTER SET ascii)
BEGIN
  DECLARE seatrial_n BIGINT;
  DECLARE seatrial_came BIGINT;
  EXECUTE IMMEDIATE CONCAT('CREATE OR REPLACE TEMPORARY TABLE ${quoteName(log)}.u${table.rel} AS SELECT * FROM ${image} WHERE ', seatrial_undone);
  SELECT IF(MIN(${OP} = '+'), COUNT(*), -1) INTO seatrial_came FROM ${quoteName(log)}.u${table.rel};
  IF seatrial_came > 50 AND seatrial_came = (SELECT COUNT(*) FROM ${sqlName(table)}) THEN
    DELETE FROM ${sqlName(table)};
  ELSE
    -- First what goes, then what comes: a unique index may stand between the two.
    FOR r IN (${counts} HAVING ${COUNT} > 0) DO
      SET seatrial_n = r.${COUNT};
      DELETE FROM ${sqlName(table)} WHERE ${same.join(' AND ')} LIMIT seatrial_n;
    END FOR;
    FOR r IN (${counts} HAVING ${COUNT} < 0) DO
      SET seatrial_n = r.${COUNT};
      WHILE seatrial_n < 0 DO
        INSERT INTO ${sqlName(table)} (${columnList(columns)}) VALUES (${columnList(columns, 'r.')});
        SET seatrial_n = seatrial_n + 1;
      END WHILE;
    END FOR;
  END IF;
  DROP TEMPORARY TABLE ${quoteName(log)}.u${table.rel};
END`,
  ];
}
