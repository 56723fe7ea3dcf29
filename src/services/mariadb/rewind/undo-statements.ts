import { quoteName } from '../identifier.ts';
import { imageTable, SEQ } from './image.ts';
import { idOf } from './installation.ts';
import { bounded, type Look } from './look.ts';
import { refill } from './restore.ts';
import { rewindStatements, type TableRewind } from './table-rewind.ts';
import type { TableShape } from './table-shape.ts';

/** What takes rows back and empties the log, where no definitions have changed. */
export function undoStatements(what: {
  readonly log: string;
  readonly tables: readonly TableShape[];
  readonly seen: Look;
  /** Tables whose log does not tell all: they are filled again from their copies. */
  readonly unknown: readonly string[];
  readonly find: (id: string) => string | 'empty' | undefined;
  readonly where: (column: string) => string;
  readonly isSpotted: boolean;
}): TableRewind {
  const { log, tables, seen, unknown, find, where, isSpotted } = what;
  const ofTable = (table: TableShape): TableRewind => {
    const [id, events] = [idOf(table), seen.dirty.get(table.rel)];
    if (unknown.includes(id))
      return { now: [...refill(table, find(id)), `DELETE FROM ${imageTable(log, table)} WHERE ${where(SEQ)}`], later: [] };
    if (events === undefined) return { now: [], later: [] };
    return rewindStatements(log, table, { where: bounded(where, table, seen), isSpotted }, events.central);
  };
  const all = tables.map(ofTable);
  const central = seen.dirty.size > 0 ? [`DELETE FROM ${quoteName(log)}.log WHERE ${where('seq')}`] : [];
  return { now: [...all.flatMap(({ now }) => now), ...central], later: all.flatMap(({ later }) => later) };
}
