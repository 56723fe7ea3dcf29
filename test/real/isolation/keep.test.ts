import { describe, expect, test } from 'vitest';
import { open, startLeasing } from './lease.ts';
import { readAll, SCHEMA } from './scopes.ts';

describe.each(['rewind', 'database', 'truncate', 'schema'] as const)('under isolation %s', (isolation) => {
  test('the state of a failed test is kept while the app stays connected, and outlives the lease', async () => {
    await using server = await startLeasing(isolation, SCHEMA);
    let kept: string;
    let url: string;
    {
      await using on = await server.lease();
      await on.keeper.enter('file', 'keep');
      await on.sql("INSERT INTO notes (body) VALUES ('file')");
      await on.keeper.enter('test', 'keep');
      await using app = await open(on.url);
      await app.query(
        "UPDATE notes SET body = body || '!'; DELETE FROM tags; INSERT INTO parts VALUES (7, 'a'); INSERT INTO empty DEFAULT VALUES",
      );
      kept = await readAll(on);
      const copy = await on.keeper.keep?.('t1_1');
      url = copy?.url ?? '';
      expect(copy?.open).toBe(`psql '${url}'`);
      await app.query('SELECT 1');
      await on.keeper.leave('test');
    }
    await using reader = await open(url);
    const on = { sql: async (text: string) => (await reader.query(text)).rows } as unknown as Parameters<typeof readAll>[0];
    expect(await readAll(on)).toBe(kept);
  });
});

test('tables that the template does not have in this shape are named', async () => {
  await using server = await startLeasing('rewind', SCHEMA);
  await using on = await server.lease();
  await on.keeper.enter('test', 'keep');
  await on.sql('ALTER TABLE notes ADD COLUMN extra int; UPDATE notes SET extra = 1; DELETE FROM parts');
  const copy = await on.keeper.keep?.('t1_1');
  expect(copy?.open).toMatch(/^psql '.*' # without public\.notes: made or altered since the seed$/);
  await using reader = await open(copy?.url ?? '');
  expect((await reader.query('SELECT count(*)::int AS n FROM parts')).rows).toEqual([{ n: 0 }]);
});
