import { randomBytes } from 'node:crypto';
import type { LeaseBook } from '../../core/service.ts';
import { SeatrialError } from '../../errors.ts';
import { connect, type Target } from './connect.ts';
import { toFields } from './fields.ts';
import { quoteName, quoteText } from './identifier.ts';

export interface LeaseOptions {
  /** The server is not ours: what we made in it is dropped at the end. */
  readonly external: boolean;
  readonly query: string;
}

export async function openLeases(target: Target, options: LeaseOptions): Promise<LeaseBook> {
  const control = await connect({ ...target, database: 'postgres' });
  const token = randomBytes(8).toString('hex');
  const nameOf = (id: string) => `${target.database.slice(0, 40)}_${id}`;
  const marker = (what: string) => `seatrial ${what} of ${token}`;
  const live = new Set<string>();
  let queue: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work);
    queue = result.catch(() => {});
    return result;
  };
  const clone = async (name: string, source: string, what: string) => {
    await control.query(
      `CREATE DATABASE ${quoteName(name)} TEMPLATE ${quoteName(source)} STRATEGY file_copy OWNER ${quoteName(target.user)}`,
    );
    await control.query(`COMMENT ON DATABASE ${quoteName(name)} IS ${quoteText(marker(what))}`);
  };
  const remove = async (name: string, what: string) => {
    const { rows } = await control.query<{ marker: string | null }>(
      `select pg_catalog.shobj_description(oid, 'pg_database') as marker from pg_catalog.pg_database where datname = $1`,
      [name],
    );
    if (rows.length === 0) return;
    if (rows[0]?.marker !== marker(what))
      throw new SeatrialError('SEATRIAL_RESET_NOT_ALLOWED', `database ${name} does not carry our marker: it is left alone`);
    await control.query(`DROP DATABASE IF EXISTS ${quoteName(name)} WITH (FORCE)`);
  };
  const template = `${target.database.slice(0, 40)}__seatrial_template`;
  await clone(template, target.database, 'template');
  return {
    create: (id) =>
      inTurn(async () => {
        await clone(nameOf(id), template, `lease ${id}`);
        live.add(id);
        return toFields({ ...target, database: nameOf(id) }, options.query);
      }),
    drop: (id) =>
      inTurn(async () => {
        await remove(nameOf(id), `lease ${id}`);
        live.delete(id);
      }),
    async [Symbol.asyncDispose]() {
      if (options.external) for (const id of live) await remove(nameOf(id), `lease ${id}`);
      if (options.external) await remove(template, 'template');
      await control.end();
    },
  };
}
