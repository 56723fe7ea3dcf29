import { expect, test } from 'vitest';
import type { Leased } from './lease.ts';

export const SCHEMA = `
  CREATE TABLE notes (id serial PRIMARY KEY, body text NOT NULL);
  CREATE TABLE tags (note int NOT NULL REFERENCES notes, tag text, size int GENERATED ALWAYS AS (length(tag)) STORED);
  CREATE TABLE parts (id int, region text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
  CREATE TABLE parts_a PARTITION OF parts FOR VALUES IN ('a');
  CREATE TABLE empty (id bigint GENERATED ALWAYS AS IDENTITY);
  INSERT INTO notes (body) VALUES ('seed'), ('other seed'); INSERT INTO tags VALUES (1, 'red'); INSERT INTO parts VALUES (1, 'a')`;

/** All that the schema holds, and where its sequences are. */
export async function readAll(on: Leased): Promise<string> {
  const [row] = await on.sql<{ all: string }>(`
    SELECT concat_ws(' | ', (SELECT string_agg(n::text, ' ' ORDER BY n::text) FROM notes n), (SELECT string_agg(t::text, ' ' ORDER BY t::text) FROM tags t),
      (SELECT string_agg(p::text, ' ' ORDER BY p::text) FROM parts p), (SELECT string_agg(e::text, ' ' ORDER BY e::text) FROM empty e),
      (SELECT string_agg(sequencename || '=' || coalesce(last_value::text, '-'), ' ' ORDER BY sequencename) FROM pg_sequences WHERE schemaname = 'public')) AS all`);
  return row?.all ?? '';
}

const write = (on: Leased, body: string) => on.sql(`INSERT INTO notes (body) VALUES ('${body}')`);
const bodies = async (on: Leased) =>
  (await on.sql<{ body: string }>('SELECT body FROM notes ORDER BY id')).map(({ body }) => body);

/** What holds for every isolation that takes rows back. */
export function testScopes(lease: () => Promise<Leased>, how: string): void {
  test('what a test has written goes at its end, in whatever order and place it was written', async () => {
    await using on = await lease();
    const before = await readAll(on);
    for (const statements of [
      "INSERT INTO notes (body) VALUES ('mine'); INSERT INTO tags VALUES (currval('notes_id_seq'), 'blue')",
      'DELETE FROM tags; DELETE FROM notes; UPDATE parts SET id = 2; INSERT INTO empty DEFAULT VALUES',
      "TRUNCATE notes, tags; INSERT INTO parts VALUES (5, 'a'); INSERT INTO parts_a VALUES (6, 'a')",
      'SET session_replication_role = replica; DELETE FROM notes WHERE id = 1',
    ]) {
      await on.keeper.enter('test', 'keep');
      await on.sql(statements);
      expect(await on.keeper.leave('test')).toMatchObject({ how, leaks: [] });
      expect(await readAll(on)).toBe(before);
    }
  });

  test('a test that has only read costs nothing', async () => {
    await using on = await lease();
    await on.keeper.enter('test', 'keep');
    await on.sql('SELECT * FROM notes');
    expect(await on.keeper.leave('test')).toMatchObject({ how: 'none', changed: 0, leaks: [] });
  });

  test('what fixtures of the run and of a file have written stays until their scope is over', async () => {
    await using on = await lease();
    await write(on, 'run');
    await on.keeper.enter('file', 'keep');
    await write(on, 'file');
    const numbers: string[] = [];
    for (const _ of [1, 2]) {
      await on.keeper.enter('test', 'keep');
      await write(on, 'test');
      numbers.push(await readAll(on));
      await on.keeper.leave('test');
      expect(await bodies(on)).toEqual(['seed', 'other seed', 'run', 'file']);
    }
    expect(numbers[1]).toBe(numbers[0]);
    await on.keeper.leave('file');
    expect(await bodies(on)).toEqual(['seed', 'other seed', 'run']);
    await on.keeper.enter('test', 'keep');
    await on.sql('DELETE FROM tags; DELETE FROM notes');
    await on.keeper.leave('test');
    expect(await bodies(on)).toEqual(['seed', 'other seed', 'run']);
  });

  test('what a hook of the file writes between two tests is its own', async () => {
    await using on = await lease();
    await on.keeper.enter('test', 'keep');
    await write(on, 'first');
    await on.keeper.leave('test');
    await write(on, 'beforeAll');
    await on.keeper.enter('test', 'keep');
    await write(on, 'second');
    await on.keeper.leave('test');
    expect(await bodies(on)).toEqual(['seed', 'other seed', 'beforeAll']);
  });

  test('what comes late from a test is undone when the next one begins, and told', async () => {
    await using on = await lease();
    await on.keeper.enter('test', 'keep');
    await on.keeper.leave('test');
    await write(on, 'late');
    expect(await on.keeper.enter('test', 'undo')).toMatchObject({ how, leaks: [{ kind: 'write' }] });
    expect(await bodies(on)).toEqual(['seed', 'other seed']);
    expect(await on.keeper.leave('test')).toMatchObject({ how: 'none' });
  });
}
