import { connect, type Target } from '../connect.ts';
import { type ControlConnection, openControl } from '../control-connection.ts';
import { dropMarked } from '../drop-marked.ts';
import { quoteName } from '../identifier.ts';
import { toDatabaseName } from '../lease-template.ts';
import { persistently } from '../persistently.ts';
import type { Seeded } from '../restore/fill.ts';
import { endSessions, exchangeDatabase, POOLED } from './exchange.ts';
import { createReadyClones, type ReadyClones } from './ready-clones.ts';

/** The databases that leases need beside their own: clones that wait, sources of clones, copies that are kept. Made for one book. */
export interface LeaseServer extends AsyncDisposable {
  readonly target: Target;
  readonly token: string;
  /** Copies a database that nobody is connected to; the copy gets a name of its own, which says what it is for. */
  copy(source: string, purpose?: string): Promise<string>;
  /** The same of a database whose sessions are ended for that. */
  copyOfUsed(name: string): Promise<string>;
  drop(name: string): Promise<void>;
  /** Clones of a source, made ahead; one set for each source. */
  clonesOf(source: string): ReadyClones;
  /** Drops the clones of a source that is needed no more, and the source. */
  forget(source: string): Promise<void>;
  /** A database with the rows of a source to read from; made when first used, and kept. */
  seeded(source: string): Seeded;
  /** Puts a fresh clone of `source` where a lease's database is. Answers how many sessions were ended. */
  exchange(lease: { readonly name: string; readonly id: string }, source: string): Promise<number>;
}

export interface LeaseServerOptions {
  readonly target: Target;
  readonly token: string;
  /** Makes a marked copy, with the settings and rights that a lease has. */
  copy(control: ControlConnection, name: string, source: string): Promise<void>;
}

const READY = 2;

export function createLeaseServer({ target, token, copy }: LeaseServerOptions): LeaseServer {
  const pools = new Map<string, ReadyClones>();
  const readers = new Map<string, Promise<string>>();
  let work: Promise<unknown> = Promise.resolve();
  let count = 0;
  // Two connections, so that a copy in the background keeps nobody waiting.
  const background = openLate(() => openControl(target, `seatrial clones ${token}`, { wasUp: true }));
  const foreground = openLate(() => openControl(target, `seatrial exchange ${token}`, { wasUp: true }));
  const nextName = (purpose = 'clone') => toDatabaseName(target.database, `_seatrial_${token.slice(0, 6)}_${purpose}_${++count}`);
  const inBackground = <T>(next: () => Promise<T>): Promise<T> => {
    const result = work.then(next);
    work = result.catch(() => {});
    return result;
  };
  const server: LeaseServer = {
    target,
    token,
    copy: async (source, purpose) => {
      const name = nextName(purpose);
      await inBackground(async () => copy(await background.get(), name, source));
      return name;
    },
    copyOfUsed: async (name) => {
      const control = await foreground.get();
      const allow = (may: boolean) => control.query(`ALTER DATABASE ${quoteName(name)} ALLOW_CONNECTIONS ${may}`);
      await allow(false);
      try {
        await endSessions(control, name);
        return await server.copy(name);
      } finally {
        await allow(true);
      }
    },
    drop: (name) => inBackground(async () => dropMarked(await background.get(), name, { what: POOLED, token })),
    clonesOf: (source) => {
      const known = pools.get(source);
      if (known) return known;
      const pool = createReadyClones({ make: () => server.copy(source), drop: server.drop, count: READY });
      pools.set(source, pool);
      return pool;
    },
    forget: async (source) => {
      await pools.get(source)?.[Symbol.asyncDispose]();
      pools.delete(source);
      await server.drop(source);
    },
    seeded: (source) => ({
      use: async (work) => {
        let reader = readers.get(source);
        reader ??= server.copy(source);
        readers.set(source, reader);
        reader.catch(() => readers.delete(source));
        const database = await reader;
        const client = await persistently(() => connect({ ...target, database }, { application: 'seatrial seed' }));
        try {
          return await work(client);
        } finally {
          await client.end();
        }
      },
    }),
    exchange: async ({ name, id }, source) => {
      const clones = server.clonesOf(source);
      const clone = await clones.take();
      const aside = nextName();
      const marker = { what: `lease ${id}`, token } as const;
      const ended = await exchangeDatabase(await foreground.get(), { name, clone, aside, marker }).finally(clones.refill);
      server.drop(aside).catch(() => {}); // at the latest it goes with the book
      return ended;
    },
    [Symbol.asyncDispose]: async () => {
      for (const pool of pools.values()) await pool[Symbol.asyncDispose]();
      for (const reader of readers.values()) await reader.then(server.drop, () => {});
      await work;
      await background.close();
      await foreground.close();
    },
  };
  return server;
}

function openLate(open: () => Promise<ControlConnection>): { get(): Promise<ControlConnection>; close(): Promise<void> } {
  let opened: Promise<ControlConnection> | undefined;
  return {
    get: () => {
      opened ??= open().catch((error: unknown) => {
        opened = undefined; // whoever comes next tries again
        throw error;
      });
      return opened;
    },
    close: async () => {
      await (await opened?.catch(() => undefined))?.[Symbol.asyncDispose]();
    },
  };
}
