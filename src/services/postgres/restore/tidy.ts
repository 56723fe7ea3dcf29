import type { RewindConnection } from '../rewind/connection.ts';

/** Keeps catalogues from growing with each restore: the server's settings have no autovacuum. */
export interface Tidier {
  /** To be called after each restore, when nobody waits for the connection. */
  tidy(connection: RewindConnection): Promise<void>;
  /** The database is another. */
  forget(): void;
}

const VACUUM_AFTER = 20;

/** What has grown since the last look has no room left for new rows but that of dead ones. */
export function createTidier(): Tidier {
  const sizes = new Map<string, number>();
  let restores = 0;
  return {
    tidy: async (connection) => {
      if (restores++ % VACUUM_AFTER !== 0) return;
      const present = await readSizes(connection);
      const grown = present.filter(({ name, size }) => size > (sizes.get(name) ?? size)).map(({ name }) => name);
      for (const { name, size } of present) if (!grown.includes(name)) sizes.set(name, size);
      if (grown.length === 0) return;
      // The app must neither wait for us nor we for it.
      await connection.query(`VACUUM (TRUNCATE false, SKIP_LOCKED) ${grown.join(', ')}`);
      for (const { name, size } of present) sizes.set(name, size);
    },
    forget: () => {
      sizes.clear();
      restores = 0;
    },
  };
}

function readSizes(connection: RewindConnection): Promise<{ name: string; size: number }[]> {
  return connection.prepared(
    'seatrial-sizes',
    `SELECT c.oid::regclass::text AS name, pg_relation_size(c.oid)::float8 AS size FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname IN ('pg_catalog', 'seatrial') AND (NOT c.relisshared OR c.relname = 'pg_shdepend') ORDER BY 1`,
  );
}
