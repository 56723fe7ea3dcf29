import { SCOPES, type Scope } from '../../../core/reset.ts';
import { type Patience, whenCalm } from './calm.ts';
import type { RewindConnection } from './connection.ts';
import { installRewind } from './install.ts';
import { startSequences } from './numbers.ts';
import { readTables, type TableShape, tableId } from './table-shape.ts';
import { depth } from './timeline.ts';

/** What is installed at present: tables with capture, and sequences that begin where they are known to be. */
export interface Installation {
  tables(): readonly TableShape[];
  /** SQL names. */
  sequences(): readonly string[];
  byRel(): ReadonlyMap<number, TableShape>;
  readonly uncovered: readonly string[];
  /** Whether this table is installed, or was. */
  isCovered(id: string): boolean;
  /** The tables that could be installed at this moment. */
  readTables(): Promise<readonly TableShape[]>;
  /** Whether tables are without capture, or may be. */
  isBare(): boolean;
  /**
   * These tables lose their capture, to be called before they do: a lock may stop what we do anywhere, and the next try can't see by definitions how far
   * that came.
   */
  setBare(ids: Iterable<string>): void;
  /** Makes capture whole again. The log of tables that were bare begins anew: what scopes wider than this one have written there is lost to it; 'all' = any. */
  reinstall(narrowest: Scope | 'all'): Promise<void>;
  /** Tables of which the log lacks what this scope has written. */
  lostTo(scope: Scope): readonly TableShape[];
  /** Everything that this scope and narrower ones have written is undone. */
  forget(scope: Scope): void;
  /** Looks for sequences again. */
  restartSequences(): Promise<void>;
}

export async function createInstallation(patience: Omit<Patience, 'names'>): Promise<Installation> {
  const { connection, log, databases } = patience;
  const numbers = new Map<string, number>();
  let byRel: ReadonlyMap<number, TableShape> = new Map();
  let bare: ReadonlySet<string> | undefined;
  /** By table: scopes of less depth have lost their log. */
  const lost = new Map<string, number>();
  const install = (anew?: (id: string) => boolean) =>
    installRewind(connection, { log, databases, numbers, ...(anew ? { anew } : {}) });
  const first = await whenCalm({ ...patience, names: () => new Map() }, async () => {
    const installed = await install();
    return { value: { installed, sequences: await startSequences(connection, databases) } };
  });
  let { installed, sequences } = first.value;
  const number = () => {
    byRel = new Map(installed.tables.map((table) => [table.rel, table]));
  };
  number();
  return {
    tables: () => installed.tables,
    sequences: () => sequences,
    byRel: () => byRel,
    uncovered: installed.uncovered,
    isCovered: (id) => numbers.has(id),
    readTables: async () => (await readTables(connection, databases, numbers)).tables,
    isBare: () => bare !== undefined,
    setBare: (ids) => {
      bare = new Set([...(bare ?? []), ...ids]);
    },
    reinstall: async (narrowest) => {
      const anew = bare;
      const level = narrowest === 'all' ? SCOPES.length : depth(narrowest);
      for (const id of anew ?? []) lost.set(id, Math.max(lost.get(id) ?? 0, level));
      installed = await install((id) => anew?.has(id) ?? false);
      number();
      bare = undefined;
    },
    lostTo: (scope) => installed.tables.filter((table) => depth(scope) < (lost.get(idOf(table)) ?? 0)),
    forget: (scope) => {
      for (const [id, level] of lost) lost.set(id, Math.min(level, depth(scope)));
    },
    restartSequences: async () => {
      sequences = await startSequences(connection, databases);
    },
  };
}

export function idOf({ database, name }: TableShape): string {
  return tableId(database, name);
}

const SYSTEM = ['information_schema', 'mysql', 'performance_schema', 'sys'];

export async function readDatabases(connection: RewindConnection, log: string): Promise<readonly string[]> {
  const rows = await connection.query('SELECT SCHEMA_NAME AS db FROM information_schema.SCHEMATA ORDER BY 1');
  return rows.map(({ db }) => String(db)).filter((db) => !SYSTEM.includes(db) && db !== log);
}
