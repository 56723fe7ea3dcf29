import type { Scope } from '../../../core/reset.ts';
import { quoteName, quoteText } from '../identifier.ts';
import type { RewindConnection } from './connection.ts';
import { columnList, writableColumns } from './image.ts';
import { inBatches } from './install.ts';
import { type Look, stateOf } from './look.ts';
import { sqlName, type TableShape, tableId } from './table-shape.ts';
import { depth } from './timeline.ts';

/** A larger table is not worth a copy: TRUNCATE of it, or DDL, needs a fresh copy of the whole server. */
const LARGEST_BYTES = 16 * 1024 * 1024;

/** Contents of tables at the baselines, for what the log can't undo: TRUNCATE, DROP TABLE, ALTER TABLE. */
export interface Copies {
  /** Copies these tables as they are now, as the baseline of this scope. Copies of narrower scopes are void. */
  take(connection: RewindConnection, scope: Scope, tables: readonly TableShape[]): Promise<void>;
  /** Of these tables, those that were written to since `mark` was called with them. */
  unsaved(seen: Look, tables: readonly TableShape[]): readonly TableShape[];
  /** What the log tells of these tables at this moment is in their copies. */
  mark(seen: Look, tables: readonly TableShape[]): void;
  /** Copies of these tables for this scope and narrower ones are void. */
  drop(scope: Scope, tables: readonly string[] | 'all'): void;
  /** The copy of the baseline of this scope; `empty` = the table had no rows; undefined = there is none. */
  find(scope: Scope, id: string): string | 'empty' | undefined;
}

export function createCopies(log: string): Copies {
  const known = new Map<string, Map<number, string | 'empty' | undefined>>();
  const drop = (scope: Scope, tables: readonly string[] | 'all') => {
    for (const id of tables === 'all' ? [...known.keys()] : tables)
      for (const level of [...(known.get(id)?.keys() ?? [])]) if (level >= depth(scope)) known.get(id)?.delete(level);
  };
  /** By table: what the log told of it. */
  const saved = new Map<number, string>();
  return {
    unsaved: (seen, tables) => tables.filter((table) => saved.get(table.rel) !== stateOf(seen, table)),
    mark: (seen, tables) => {
      for (const table of tables) saved.set(table.rel, stateOf(seen, table));
    },
    drop: (scope, tables) => {
      drop(scope, tables);
      if (tables === 'all') saved.clear();
    },
    take: async (connection, scope, tables) => {
      if (tables.length === 0) return;
      const rows = await connection.batch(tables.map((table) => `SELECT 1 FROM ${sqlName(table)} LIMIT 1`));
      const sizes = await connection.query<{ db: string; name: string; bytes: string }>(
        `SELECT TABLE_SCHEMA AS db, TABLE_NAME AS name, coalesce(DATA_LENGTH, 0) AS bytes FROM information_schema.TABLES
         WHERE (TABLE_SCHEMA, TABLE_NAME) IN (${tables.map(({ database, name }) => `(${quoteText(database)}, ${quoteText(name)})`).join(', ')})`,
      );
      const bytes = new Map(sizes.map((size) => [tableId(size.db, size.name), Number(size.bytes)]));
      const statements: string[] = [];
      for (const [i, table] of tables.entries()) {
        const id = tableId(table.database, table.name);
        const copy = `${quoteName(log)}.c${depth(scope)}_${table.rel}`;
        const isEmpty = rows[i]?.length === 0;
        drop(scope, [id]);
        const levels = known.get(id) ?? new Map<number, string | 'empty' | undefined>();
        known.set(id, levels);
        if (!isEmpty && (bytes.get(id) ?? 0) > LARGEST_BYTES) {
          levels.set(depth(scope), undefined);
          continue;
        }
        levels.set(depth(scope), isEmpty ? 'empty' : copy);
        const columns = columnList(writableColumns(table));
        if (!isEmpty)
          statements.push(
            `CREATE OR REPLACE TABLE ${copy} LIKE ${sqlName(table)}`,
            `INSERT INTO ${copy} (${columns}) SELECT ${columns} FROM ${sqlName(table)}`,
          );
      }
      await inBatches(connection, statements);
    },
    find: (scope, id) => {
      const levels = known.get(id);
      for (let level = depth(scope); level >= 0; level--) if (levels?.has(level)) return levels.get(level);
      return undefined;
    },
  };
}
