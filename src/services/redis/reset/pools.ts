/** Ready copies of big databases, each made in the background from the slot of one state. */
export interface Pools {
  /** Whether a copy for this state is there; waits for one that is being made. */
  ready(database: number, token: string): Promise<boolean>;
  /** Makes a copy; one that is being made for another state is given up. */
  fill(database: number, token: string): void;
  clear(): void;
}

/** `copySome` copies a piece from a cursor on and answers the next one: `0` = all done, `-1` = it can't be done. */
export function createPools(copySome: (database: number, token: string, cursor: string) => Promise<string>): Pools {
  const pools = new Map<number, { readonly token: string; filled: Promise<boolean> }>();
  return {
    ready: async (database, token) => {
      const pool = pools.get(database);
      return pool?.token === token && (await pool.filled);
    },
    fill: (database, token) => {
      const pool = { token, filled: Promise.resolve(false) };
      const run = async () => {
        for (let cursor = 'start'; pools.get(database) === pool; ) {
          cursor = await copySome(database, token, cursor);
          if (cursor === '0') return true;
          if (cursor === '-1') return false;
        }
        return false;
      };
      pools.set(database, pool);
      pool.filled = run().catch(() => false);
    },
    clear: () => pools.clear(),
  };
}
