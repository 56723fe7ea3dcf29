import { randomBytes } from 'node:crypto';
import type { LeaseBook } from '../../core/service.ts';
import { SeatrialError } from '../../errors.ts';
import type { Target } from './connect.ts';
import { openControl } from './control-connection.ts';
import { copyDatabase, readTraits } from './database-copy.ts';
import { dropMarked, dropMarkedBy, sweepAbandoned } from './drop-marked.ts';
import { toFields } from './fields.ts';
import { POOLED } from './isolation/exchange.ts';
import { createLeaseServer } from './isolation/lease-server.ts';
import { openKeeper } from './isolation/open-keeper.ts';
import { createTemplates } from './isolation/templates.ts';
import { explainLeaseFailure } from './lease-failure.ts';
import { findTemplate, makeTemplate, toDatabaseName } from './lease-template.ts';

export interface LeaseOptions {
  /** The server is not ours: what we made in it is dropped at the end. */
  readonly external: boolean;
  /** The part of its URL after `?`. */
  readonly query: string;
  /** Hex; marks everything that the book makes. */
  readonly token?: string | undefined;
  /** Resets are allowed in databases that do not carry our marker. */
  readonly allowReset?: boolean;
  /** Tests are watched for changes of what all databases share. */
  readonly strict?: boolean;
}

/** Statements for the leases of all workers go through one connection, one after another: file copies in parallel gain nothing. */
export async function openLeases(target: Target, options: LeaseOptions): Promise<LeaseBook> {
  const known = options.token ?? randomBytes(8).toString('hex');
  const control = await openControl(target, `seatrial leases ${known}`);
  const nameOf = (id: string) => toDatabaseName(target.database, id);
  const live = new Set<string>();
  const inTurn = createQueue();
  try {
    if (options.external) await sweepAbandoned(control);
    const template =
      (options.external ? undefined : await findTemplate(control, target)) ??
      (await makeTemplate(control, target, { ...options, token: known }));
    const { token } = template;
    const traits = await readTraits(control, target.database);
    const drop = async (id: string) => {
      await dropMarked(control, nameOf(id), { what: `lease ${id}`, token });
      live.delete(id);
    };
    const owner = template.owner ?? traits.owner;
    const templates = createTemplates(control, target, {
      pristine: template,
      traits: { ...traits, owner },
      external: options.external,
    });
    const server = createLeaseServer({
      target,
      token,
      copy: (connection, name, source) =>
        copyDatabase(connection, {
          name,
          source,
          traits: templates.traitsOf(source),
          marker: { what: POOLED, token, since: Date.now() },
        }),
    });
    return {
      create: (id, isolation = 'worker') =>
        inTurn(async () => {
          if (!/^[a-z0-9]+$/.test(id)) throw new TypeError(`the id of a lease is lower case letters and digits: ${id}`);
          const marker = { what: `lease ${id}`, token, since: Date.now() } as const;
          const source = await templates.of(isolation);
          await copyDatabase(control, { name: nameOf(id), source, traits: templates.traitsOf(source), marker });
          live.add(id);
          return toFields({ ...target, database: nameOf(id) }, options.query);
        }).catch((error: unknown) => {
          throw explainLeaseFailure(error, target);
        }),
      drop: (id) => inTurn(() => drop(id)),
      openKeeper: async (id, isolation) =>
        openKeeper(isolation, {
          lease: { name: nameOf(id), id },
          server,
          templates,
          marker: { what: `lease ${id}`, token },
          allowReset: options.allowReset === true,
          strict: options.strict === true,
        }),
      /** A server of ours goes away with all it holds; on another's server nothing of ours may stay. */
      [Symbol.asyncDispose]: () =>
        inTurn(async () => {
          try {
            await server[Symbol.asyncDispose]();
            if (!options.external) return;
            for (const id of [...live]) await drop(id);
            await dropMarked(control, template.name, { what: 'template', token });
            await templates.drop();
            await dropMarkedBy(control, token); // what was on its way
          } finally {
            await control[Symbol.asyncDispose]();
          }
        }),
    };
  } catch (error) {
    await control[Symbol.asyncDispose]();
    throw error instanceof SeatrialError ? error : explainLeaseFailure(error, target);
  }
}

/** Drops all databases that a book has left; nobody else has them, since their book's process is dead. */
export async function dropLeases(target: Target, token: string): Promise<void> {
  const control = await openControl(target, `seatrial clean-up ${token}`);
  try {
    await dropMarkedBy(control, token);
  } finally {
    await control[Symbol.asyncDispose]();
  }
}

function createQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
}
