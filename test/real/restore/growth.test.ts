import { expect, test } from 'vitest';
import { open, startLeasing } from '../isolation/lease.ts';

const SHAPES = [
  'CREATE TABLE mine (id serial PRIMARY KEY, note text UNIQUE)',
  'ALTER TABLE notes ADD COLUMN extra int DEFAULT 7',
  'CREATE INDEX ON notes (body); CREATE VIEW mine AS SELECT body FROM notes',
  'DROP TABLE others',
];

test('restores do not get dearer: catalogues stay as large as they were', { timeout: 300_000 }, async () => {
  await using server = await startLeasing(
    'rewind',
    'CREATE TABLE notes (id serial PRIMARY KEY, body text); CREATE TABLE others (id serial PRIMARY KEY, body text)',
  );
  await using on = await server.lease();
  await using app = await open(on.url);
  const pages = async () => {
    const { rows } = await app.query<{ name: string; pages: number }>(`
      SELECT c.oid::regclass::text AS name, (pg_relation_size(c.oid) / 8192)::int AS pages FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname IN ('pg_catalog', 'seatrial') AND c.relkind = 'r' AND NOT c.relisshared ORDER BY 1`);
    return new Map(rows.map((row) => [row.name, row.pages]));
  };
  const restore = async (times: number) => {
    for (let i = 0; i < times; i++) {
      await on.keeper.enter('test', 'keep');
      await app.query(SHAPES[i % SHAPES.length] as string);
      expect(await on.keeper.leave('test')).toMatchObject({ how: 'restore' });
    }
  };
  await restore(100);
  const early = await pages();
  await restore(200);
  // What 20 restores leave, which are between two looks, is not the same each time.
  const grown = [...(await pages())]
    .map(([name, now]) => ({ name, now, before: early.get(name) ?? 0 }))
    .filter(({ now, before }) => now > before * 1.15 + 3);
  expect(grown).toEqual([]);
});
