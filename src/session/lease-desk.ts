import crypto from 'node:crypto';
import type { ConnectionFields } from '../core/connection.ts';
import type { Running } from '../core/driver.ts';
import type { Lease, LeaseKey } from '../core/lease.ts';
import type { LeaseBook } from '../core/service.ts';
import { SeatrialError } from '../errors.ts';
import type { EventStream } from '../observe/event-stream.ts';

/** A running service, as leasing sees it. */
export interface Leasable {
  readonly name: string;
  readonly running: Running;
  /** For kinds that lease a database inside the server; opened before the first lease. */
  readonly book: LeaseBook | undefined;
  /** For kinds that lease a server of its own. */
  launchAnother(leaseId: string): Promise<Running>;
  fields(running: Running): ConnectionFields;
}

export interface LeaseDesk extends AsyncDisposable {
  /** The same key gets the same lease while it lives, also when it is asked for twice at once. */
  acquire(key: LeaseKey): Promise<Lease>;
  /** Ends a lease; safe to call for one that has ended. */
  release(leaseId: string, reason: 'released' | 'disconnected' | 'session'): Promise<void>;
  list(): readonly { readonly id: string; readonly key: LeaseKey; readonly createdAt: number }[];
}

interface Entry {
  readonly id: string;
  readonly key: LeaseKey;
  readonly createdAt: number;
  readonly made: Promise<Lease>;
  readonly undo: (() => Promise<void>)[];
}

export function createLeaseDesk(options: {
  services(): readonly Leasable[];
  env(fields: Readonly<Record<string, ConnectionFields>>): Readonly<Record<string, string>>;
  readonly events: EventStream;
}): LeaseDesk {
  const entries = new Map<string, Entry>();

  const make = async (entry: Omit<Entry, 'made'>): Promise<Lease> => {
    const startedAt = performance.now();
    const made = await Promise.allSettled(
      options.services().map(async (service): Promise<[string, ConnectionFields]> => {
        if (service.book) {
          const { book } = service;
          entry.undo.push(() => book.drop(entry.id));
          return [service.name, await book.create(entry.id)];
        }
        const running = await service.launchAnother(entry.id);
        entry.undo.push(async () => running[Symbol.asyncDispose]());
        return [service.name, service.fields(running)];
      }),
    );
    const failed = made.find((result) => result.status === 'rejected');
    if (failed) {
      entries.delete(toText(entry.key));
      await undoAll(entry.undo);
      throw new SeatrialError('SEATRIAL_LEASE_FAILED', `no lease could be made for ${toText(entry.key)}: ${(failed.reason as Error).message}`, {
        cause: failed.reason,
        hint: '`seatrial services status` shows whether the services are ready',
      });
    }
    const fields = Object.fromEntries(made.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
    options.events.emit({ type: 'lease.created', lease: entry.id, key: entry.key, ms: performance.now() - startedAt });
    return { id: entry.id, key: entry.key, services: fields, env: options.env(fields) };
  };

  const release: LeaseDesk['release'] = async (leaseId, reason) => {
    const entry = [...entries.values()].find(({ id }) => id === leaseId);
    if (!entry) return;
    entries.delete(toText(entry.key));
    await entry.made.catch(() => {});
    await undoAll(entry.undo);
    options.events.emit({ type: 'lease.ended', lease: leaseId, key: entry.key, reason });
  };

  return {
    acquire: (key) => {
      const known = entries.get(toText(key));
      if (known) return known.made;
      const draft = { id: crypto.randomBytes(5).toString('hex'), key, createdAt: Date.now(), undo: [] };
      const entry: Entry = { ...draft, made: make(draft) };
      entry.made.catch(() => {});
      entries.set(toText(key), entry);
      return entry.made;
    },
    release,
    list: () => [...entries.values()].map(({ id, key, createdAt }) => ({ id, key, createdAt })),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...entries.values()].map(({ id }) => release(id, 'session')));
    },
  };
}

function toText({ runner, mainPid, slot }: LeaseKey): string {
  return `${runner}/${mainPid}/${slot}`;
}

/** A state that can't be dropped now goes with the session. */
async function undoAll(undo: readonly (() => Promise<void>)[]): Promise<void> {
  await Promise.allSettled(undo.map((step) => step()));
}
