import type { ServiceRequest } from '../../../src/core/service.ts';
import * as isolated from '../isolation/lease.ts';

export { type Client, open } from '../isolation/lease.ts';

/** A lease as a worker has it, with a connection of an application that stays open, and the keeper that its session drives. */
export interface Leased extends Omit<isolated.Leased, 'sql'> {
  readonly app: isolated.Client;
}

/** A server with this schema, which leases by `rewind`. */
export async function startLeasing(schema: string, request: Partial<ServiceRequest> = {}) {
  const leasing = await isolated.startLeasing('rewind', schema, [request]);
  return {
    ...leasing,
    async lease(): Promise<Leased> {
      const leased = await leasing.lease();
      const app = await isolated.open(leased.url);
      return {
        ...leased,
        app,
        [Symbol.asyncDispose]: async () => {
          await app[Symbol.asyncDispose]();
          await leased[Symbol.asyncDispose]();
        },
      };
    },
  };
}

/** A table with a key, one without, a large one, and numbers in blocks. */
export const NOTES = `
    CREATE TABLE notes (id serial PRIMARY KEY, body text, at date);
    CREATE TABLE tags (note int, tag text);
    INSERT INTO notes (body) VALUES ('seed');
    INSERT INTO tags (tag) VALUES ('a'), ('c');
    CREATE SEQUENCE blocks INCREMENT 50;
    CREATE TABLE by_block (id int PRIMARY KEY);
    CREATE SCHEMA other;
    CREATE TABLE other.large (id int PRIMARY KEY, v text);
    INSERT INTO other.large SELECT g, repeat('x', 1000) FROM generate_series(1, 20000) g`;

/** A lease on it, and how a test writes and looks. */
export async function leaseNotes(leasing: Awaited<ReturnType<typeof startLeasing>>) {
  const leased = await leasing.lease();
  const { app } = leased;
  return {
    ...leased,
    write: (body: string) => app.query('INSERT INTO notes (body) VALUES ($1)', [body]),
    bodies: async () => (await app.query<{ body: string }>('SELECT body FROM notes ORDER BY id')).rows.map(({ body }) => body),
  };
}
