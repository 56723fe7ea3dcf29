import { describe, expect, test } from 'vitest';
import { nativeDriver } from '../../../src/drivers/native/index.ts';
import { embeddedDriver } from '../../helpers/embedded-postgres.ts';
import { type Leased, open, startLeasing } from '../isolation/lease.ts';
import { readDamage, readDefinitions } from './definitions.ts';

const SCHEMA = `
  CREATE EXTENSION amcheck;
  CREATE TABLE notes (id serial PRIMARY KEY, body text); INSERT INTO notes (body) VALUES ('seed');
  CREATE MATERIALIZED VIEW seeded AS SELECT id, body FROM notes; CREATE UNIQUE INDEX ON seeded (id);
  INSERT INTO notes (body) VALUES ('newer than the view')`;

/** What a test does to materialized views that hold something else than their query gives. */
const CHANGES = [
  'REFRESH MATERIALIZED VIEW seeded; REFRESH MATERIALIZED VIEW made',
  'REFRESH MATERIALIZED VIEW CONCURRENTLY seeded',
  'DROP MATERIALIZED VIEW seeded; DROP MATERIALIZED VIEW made',
  'DROP TABLE notes CASCADE',
  'REFRESH MATERIALIZED VIEW made WITH NO DATA; ALTER MATERIALIZED VIEW made RENAME TO renamed; ALTER MATERIALIZED VIEW seeded RENAME TO made',
  'REFRESH MATERIALIZED VIEW CONCURRENTLY seeded; ALTER MATERIALIZED VIEW seeded RENAME TO renamed',
  'DROP SCHEMA public CASCADE',
];

async function readViews(on: Leased): Promise<unknown> {
  await using app = await open(on.url);
  const rows = async (name: string) => (await app.query(`SELECT * FROM ${name} ORDER BY id`)).rows;
  return {
    seeded: await rows('seeded'),
    made: await rows('made'),
    definitions: await readDefinitions(app),
    damage: await readDamage(app),
  };
}

describe.each([
  ['15', nativeDriver],
  ['18', embeddedDriver],
] as const)('PostgreSQL %s', (version, driver) => {
  test('materialized views hold after each test what they held before it, whoever has made or refreshed them', async () => {
    await using server = await startLeasing('rewind', SCHEMA, [{ version }, { driver }]);
    await using on = await server.lease();
    const run = async (sql: string) => {
      await using app = await open(on.url);
      for (const statement of sql.split('; ')) await app.query(statement);
    };
    const change = async (shape: string) => {
      const before = await readViews(on);
      await on.keeper.enter('test', 'keep');
      await run(`INSERT INTO notes (body) VALUES ('test'); ${shape}`);
      const { how, fallback } = await on.keeper.leave('test');
      expect([shape, how, fallback]).toEqual([shape, 'restore', undefined]);
      expect([shape, await readViews(on)]).toEqual([shape, before]);
    };
    await run(
      "CREATE MATERIALIZED VIEW made AS SELECT id, body || '!' AS body FROM notes; INSERT INTO notes (body) VALUES ('run')",
    );
    for (const shape of CHANGES) await change(shape);
    await on.keeper.enter('file', 'keep');
    const ofRun = await readViews(on);
    await run(
      "INSERT INTO notes (body) VALUES ('file'); REFRESH MATERIALIZED VIEW CONCURRENTLY seeded; REFRESH MATERIALIZED VIEW made",
    );
    await run("INSERT INTO notes (body) VALUES ('newer')");
    for (const shape of CHANGES) await change(shape);
    expect(await on.keeper.leave('file')).toMatchObject({ how: 'restore' });
    expect(await readViews(on)).toEqual(ofRun);
    await on.keeper.enter('file', 'keep');
    await run("INSERT INTO notes (body) VALUES ('file'); REFRESH MATERIALIZED VIEW CONCURRENTLY seeded");
    await on.keeper.enter('test', 'keep');
    expect(await on.keeper.leave('test')).toMatchObject({ how: 'none' });
    await on.keeper.leave('file');
    expect(await readViews(on)).toEqual(ofRun);
    for (const shape of CHANGES) await change(shape);
  });
});
