import { randomBytes } from 'node:crypto';
import type { LeaseBook } from '../../core/service.ts';
import { isSeatrialError, SeatrialError } from '../../errors.ts';
import type { Target } from './connect.ts';
import { openControl } from './control-connection.ts';
import { copyDatabase, makeMarked } from './copy-database.ts';
import { dropMarked, dropMarkedBy, sweepAbandoned } from './drop-marked.ts';
import { quoteText } from './identifier.ts';
import type { Marker } from './marker.ts';

type AppTarget = Target & { readonly database: string };

/**
 * Leases on a server that is not ours: databases, copied table by table from a pristine copy of the app's, which was made when the book was
 * opened. All of it is dropped at the end.
 */
export async function openLeases(
  target: AppTarget,
  toFields: (target: AppTarget) => Awaited<ReturnType<LeaseBook['create']>>,
  token = randomBytes(8).toString('hex'),
): Promise<LeaseBook> {
  const template = toDatabaseName(target.database, `_seatrial_${token}`);
  const live = new Set<string>();
  const inTurn = createQueue();
  const explain = (error: unknown): never => {
    throw explainFailure(error, target);
  };
  const control = await openControl(target, token).catch(explain);
  const copy = (source: string, name: string, what: Marker['what']) =>
    copyDatabase(control, { source, name, marker: { what, token, since: Date.now() } });
  const nameOf = (id: string) => toDatabaseName(target.database, `_${id}`);
  const logOf = (id: string) => toDatabaseName(target.database, `_${id}_log`);
  const drop = async (id: string) => {
    for (const name of [nameOf(id), logOf(id)]) await dropMarked(control, name, { what: `lease ${id}`, token });
    live.delete(id);
  };
  const dispose = async () => {
    try {
      for (const id of [...live]) await drop(id);
      await dropMarked(control, template, { what: 'template', token });
    } finally {
      await control[Symbol.asyncDispose]();
    }
  };
  try {
    await sweepAbandoned(control);
    await copy(target.database, template, 'template');
  } catch (error) {
    await dispose().catch(() => {});
    return explain(error);
  }
  return {
    create: (id) =>
      inTurn(async () => {
        if (!/^[a-z0-9]+$/.test(id)) throw new TypeError(`the id of a lease is lower case letters and digits: ${id}`);
        const database = nameOf(id);
        live.add(id);
        await copy(template, database, `lease ${id}`).catch(explain);
        return toFields({ ...target, database });
      }),
    drop: (id) => inTurn(() => drop(id)),
    openKeeper: (id, isolation) =>
      inTurn(async () => {
        const { openKeeper } = await import('./open-keeper.ts');
        const log = logOf(id);
        await makeMarked(control, { name: log, marker: { what: `lease ${id}`, token, since: Date.now() } });
        return openKeeper({ ...target, database: undefined }, isolation, { databases: [nameOf(id)], log });
      }),
    [Symbol.asyncDispose]: () => inTurn(dispose),
  };
}

/** Drops all databases that a book has left; nobody else has them, since their book's process is dead. */
export async function dropLeases(target: Target, token: string): Promise<void> {
  const control = await openControl(target, `${token}_clean_up`);
  try {
    await dropMarkedBy(control, token);
  } finally {
    await control[Symbol.asyncDispose]();
  }
}

/** Names are cut so that they stay within 64 characters. */
function toDatabaseName(database: string, suffix: string): string {
  return [...database].slice(0, 64 - suffix.length).join('') + suffix;
}

const DENIED = [1044, 1045, 1142, 1227, 1370];

function explainFailure(error: unknown, { host, port, user, database }: AppTarget): SeatrialError {
  if (isSeatrialError(error)) return error;
  const { errno, message } = error as Error & { errno?: number };
  const pattern = database.replaceAll(/[\\_%]/g, '\\$&');
  return new SeatrialError(
    'SEATRIAL_LEASE_FAILED',
    `no database could be leased from ${database} at ${host}:${port}: ${message}`,
    {
      cause: error,
      ...(DENIED.includes(errno ?? 0)
        ? {
            hint: `give the user databases of its own: GRANT ALL PRIVILEGES ON \`${pattern}\\_%\`.* TO ${quoteText(user)}@'%'`,
          }
        : {}),
      details: { database, ...(errno ? { errno } : {}) },
    },
  );
}

function createQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
}
