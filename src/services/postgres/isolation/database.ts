import type { ResetReport, StateKeeper } from '../../../core/reset.ts';
import type { RewindConnection } from '../rewind/connection.ts';
import { isClean, lowerFlags, readClock, readFlags, waitUntilQuiet } from './flags.ts';
import type { LeaseServer } from './lease-server.ts';
import { createScopedKeeper, report } from './scoped-keeper.ts';

export interface DatabaseKeeperOptions {
  readonly lease: { readonly name: string; readonly id: string };
  readonly server: LeaseServer;
  /** The template that the lease was made from. */
  readonly seed: string;
}

/**
 * A fresh database after each test that has written: a ready clone takes the name of the lease's database, so the URL stays and connections end.
 * Clones are made from the seed, or from a copy of what the run's and the file's fixtures have left. A test that wrote nothing keeps its database.
 */
export function createDatabaseKeeper(connection: RewindConnection, { lease, server, seed }: DatabaseKeeperOptions): StateKeeper {
  const sources: { run?: string; file?: string } = {};

  const forget = (owner: 'run' | 'file') => {
    const source = sources[owner];
    delete sources[owner];
    if (source) server.forget(source).catch(() => {}); // it goes with the book, at the latest
  };
  /** Our own connection would be ended like the app's. Nobody waits for the next one before `ready` does: it takes longer than the exchange. */
  const withoutUs = async <T>(work: () => Promise<T>): Promise<T> => {
    await connection.client.end().catch(() => {});
    try {
      return await work();
    } finally {
      connection.ensure().catch(() => {}); // `ready` tries again, and tells
    }
  };
  const renew = async (since: string | undefined, always: boolean): Promise<ResetReport> => {
    const startedAt = performance.now();
    const leaks = await waitUntilQuiet(connection, since);
    const written = await readFlags(connection);
    if (!always && (await isClean(connection, written))) return report('none', startedAt, 0, leaks);
    const ended = await withoutUs(() => server.exchange(lease, sources.file ?? sources.run ?? seed));
    const changed = written.dirty.length + written.marks.length;
    return { ...report('clone', startedAt, changed, leaks), ...(ended > 0 ? { disconnected: true } : {}) };
  };

  server.clonesOf(seed);
  return createScopedKeeper({
    ready: async () => {
      await connection.ensure();
      return readClock(connection);
    },
    adopt: async (owner) => {
      const startedAt = performance.now();
      if (await isClean(connection, await readFlags(connection))) return undefined;
      const leaks = await waitUntilQuiet(connection);
      await lowerFlags(connection);
      const copy = await withoutUs(() => server.copyOfUsed(lease.name));
      forget(owner);
      sources[owner] = copy;
      server.clonesOf(copy);
      return { ...report('clone', startedAt, 0, leaks), disconnected: true };
    },
    undo: (since) => renew(since, false),
    leaveFile: (since) => {
      const hadFile = sources.file !== undefined;
      forget('file');
      return renew(since, hadFile);
    },
    [Symbol.asyncDispose]: async () => {
      forget('file');
      forget('run');
      await connection[Symbol.asyncDispose]();
    },
  });
}
