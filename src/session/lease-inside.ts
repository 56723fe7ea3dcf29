import crypto from 'node:crypto';
import type { Endpoint } from '../core/connection.ts';
import type { PlannedService } from '../core/plan.ts';
import type { LeaseBook } from '../core/service.ts';
import type { Ledger } from './ledger.ts';

/** The leases of a service; undefined for kinds that lease servers of their own. What it makes on a server that is not ours is in the ledger. */
export async function openBook(service: PlannedService, endpoint: Endpoint, ledger: Ledger): Promise<LeaseBook | undefined> {
  const { configured, config } = service;
  if (configured.lease.kind !== 'database') return undefined;
  const { url } = config;
  if (url === undefined) return configured.lease.open(endpoint);

  const token = crypto.randomBytes(8).toString('hex');
  const id = `leases-${token}`;
  const leased = new Map<string, string>();
  const record = () =>
    ledger.write({
      op: 'own',
      id,
      thing: { kind: 'external-leases', service: config.kind, url, token, leased: [...leased.values()] },
    });
  record();
  const book = await configured.lease.open(endpoint, { token });
  return {
    ...(book.openKeeper ? { openKeeper: book.openKeeper.bind(book) } : {}),
    create: async (lease, isolation) => {
      const fields = await book.create(lease, isolation);
      leased.set(lease, fields.url);
      record();
      return fields;
    },
    drop: async (lease) => {
      await book.drop(lease);
      leased.delete(lease);
      record();
    },
    [Symbol.asyncDispose]: async () => {
      await book[Symbol.asyncDispose]();
      ledger.write({ op: 'gone', id });
    },
  };
}

/** A state of our own on a server that is not ours, so that the main processes of the run don't touch what is there. */
export interface OwnState extends AsyncDisposable {
  readonly service: PlannedService;
}

/** Leases inside an external server, and answers the service as it is from there: connection, scripts and further leases on that state. */
export async function leaseInside(
  service: PlannedService,
  endpoint: Endpoint,
  ledger: Ledger,
  reconfigure: (url: string) => PlannedService,
): Promise<OwnState> {
  const book = await openBook(service, endpoint, ledger);
  if (!book) return { service, [Symbol.asyncDispose]: async () => {} };
  try {
    const { url } = await book.create(`main${crypto.randomBytes(4).toString('hex')}`, 'run');
    return { service: reconfigure(url), [Symbol.asyncDispose]: () => book[Symbol.asyncDispose]() };
  } catch (error) {
    await book[Symbol.asyncDispose]();
    throw error;
  }
}
