import type { Leak, ResetReport, Scope, StateKeeper } from '../../../core/reset.ts';
import { quoteName } from '../identifier.ts';
import type { RewindConnection } from '../rewind/connection.ts';
import { endOpenTransactions, toLeak } from '../rewind/open-transactions.ts';

/**
 * For suites that make a schema for each test: those that a test has made and left are dropped at its end, those of a file's fixtures at the
 * end of the file. Nothing is installed in the database, and what is written elsewhere stays.
 */
export function createSchemaKeeper(connection: RewindConnection): StateKeeper {
  const owners = new Map<string, Scope>();
  let active: Scope = 'run';
  let testIsOpen = false;

  /** Schemas that were not there at the last look are of this scope. */
  const note = async (owner: Scope) => {
    await connection.ensure();
    const present = new Set(await readSchemas(connection));
    for (const name of owners.keys()) if (!present.has(name)) owners.delete(name);
    for (const name of present) if (!owners.has(name)) owners.set(name, owner);
  };
  const drop = async (scopes: readonly Scope[], startedAt: number): Promise<ResetReport> => {
    const made = [...owners].filter(([, owner]) => scopes.includes(owner)).map(([name]) => name);
    const leaks: Leak[] = [];
    for (const name of made) {
      leaks.push(...(await dropSchema(connection, name)));
      owners.delete(name);
    }
    return { how: made.length > 0 ? 'drop' : 'none', ms: performance.now() - startedAt, changed: made.length, leaks };
  };

  return {
    async enter(scope, between) {
      const startedAt = performance.now();
      const isBetween = active === 'test' && !testIsOpen;
      const isLate = isBetween && scope === 'test' && between === 'undo';
      await note(isLate ? 'test' : isBetween ? 'file' : active);
      active = scope;
      if (scope === 'test') testIsOpen = true;
      const undone = isLate ? await drop(['test'], startedAt) : undefined;
      if (undone === undefined || undone.changed === 0) return undefined;
      return { ...undone, leaks: [...undone.leaks, { kind: 'write', text: 'a schema was made after the test had ended' }] };
    },
    async leave(scope) {
      const startedAt = performance.now();
      await note(active === 'test' && !testIsOpen ? 'file' : active);
      testIsOpen = false;
      active = scope === 'test' ? 'test' : 'run';
      return drop(scope === 'test' ? ['test'] : ['test', 'file'], startedAt);
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

async function readSchemas(connection: RewindConnection): Promise<string[]> {
  const rows = await connection.query<{ name: string }>("SELECT nspname AS name FROM pg_namespace WHERE nspname !~ '^pg_'");
  return rows.map(({ name }) => name);
}

const TRIES = 5;

/** Whoever holds a lock on something in it is waited for, in all a second, then ended. */
async function dropSchema(connection: RewindConnection, name: string): Promise<Leak[]> {
  for (let tries = 1; ; tries++) {
    try {
      await connection.query(`DROP SCHEMA IF EXISTS ${quoteName(name)} CASCADE`);
      return [];
    } catch (error) {
      if (!['55P03', '40P01'].includes((error as { code?: string }).code ?? '')) throw error;
      if (tries < TRIES) continue; // the lock itself was waited for
      const ended = await endOpenTransactions(connection);
      await connection.query(`DROP SCHEMA IF EXISTS ${quoteName(name)} CASCADE`);
      return ended.map(toLeak);
    }
  }
}
