import { type Patience, whenCalm } from './calm.ts';
import { installRewind } from './install.ts';
import { startSequences } from './numbers.ts';
import { type TableShape, tableId } from './table-shape.ts';

/** What is installed at present: tables with capture, and sequences that begin where they are known to be. */
export interface Installation {
  tables(): readonly TableShape[];
  /** SQL names. */
  sequences(): readonly string[];
  byRel(): ReadonlyMap<number, TableShape>;
  readonly uncovered: readonly string[];
  /** Whether tables are without capture, or may be. */
  isBare(): boolean;
  /**
   * These tables lose their capture, to be called before they do: a lock may stop what we do anywhere, and the next try can't see by definitions how far
   * that came.
   */
  setBare(ids: Iterable<string>): void;
  /** Makes capture whole again. */
  reinstall(): Promise<void>;
  /** Looks for sequences again. */
  restartSequences(): Promise<void>;
}

export async function createInstallation(patience: Omit<Patience, 'names'>): Promise<Installation> {
  const { connection, log, databases } = patience;
  const numbers = new Map<string, number>();
  let byRel: ReadonlyMap<number, TableShape> = new Map();
  let bare: ReadonlySet<string> | undefined;
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
    isBare: () => bare !== undefined,
    setBare: (ids) => {
      bare = new Set([...(bare ?? []), ...ids]);
    },
    reinstall: async () => {
      const anew = bare;
      installed = await install((id) => anew?.has(id) ?? false);
      number();
      bare = undefined;
    },
    restartSequences: async () => {
      sequences = await startSequences(connection, databases);
    },
  };
}

export function idOf({ database, name }: TableShape): string {
  return tableId(database, name);
}
