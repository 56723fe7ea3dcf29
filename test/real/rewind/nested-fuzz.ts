import pg from 'pg';
import type { Target } from '../../../src/services/postgres/connect.ts';
import { openRewindConnection } from '../../../src/services/postgres/rewind/connection.ts';
import { installRewind } from '../../../src/services/postgres/rewind/install.ts';
import { lateStatements, lateTables } from './late-fixtures.ts';
import { SCHEMA } from './schema.ts';
import { readContents } from './state.ts';
import { createRandom, STATEMENTS } from './statements.ts';

const DEEPEST = 3;
let count = 0;
const lateSchema = (depth: number) => {
  const [keys, nokey] = lateTables(depth);
  return `CREATE TABLE ${keys} (id serial PRIMARY KEY, v int); CREATE TABLE ${nokey} (v int);
    INSERT INTO ${keys} (v) SELECT 0 FROM generate_series(1, 5); INSERT INTO ${nokey} VALUES (0), (0)`;
};

/** The engine could not do what it was asked for. */
class Refused extends Error {}

/** Random pushes, statements, rewinds, pops and late fixtures; after each rewind the state must be the one that was there at the push, late fixtures added. */
export async function fuzzNested(
  server: Target,
  {
    steps,
    seed,
    spoil,
  }: { readonly steps: number; readonly seed: number; readonly spoil?: (client: pg.Client) => Promise<void> },
): Promise<string | undefined> {
  const target = { ...server, database: `nested_${seed}_${++count}` };
  const admin = new pg.Client({ ...server, database: 'postgres' });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${target.database}`);
  const [app, reader] = [new pg.Client(target), new pg.Client(target)];
  for (const client of [app, reader, admin]) client.on('error', () => {});
  for (const client of [app, reader]) await client.connect();
  await app.query(SCHEMA);
  for (let level = 1; level < DEEPEST; level++) await app.query(lateSchema(level));
  const control = await openRewindConnection(target);
  await installRewind(control);
  await spoil?.(app);
  const random = createRandom(seed);
  const names = Object.keys(STATEMENTS).filter((name) => name !== 'definitions');
  /** A session that has just answered may still look busy for a moment: asked again, as the rewinder does. */
  const call = async (sql: string) => {
    for (let tries = 1; ; tries++) {
      const [row] = await control
        .query<{ outcome: string }>(`SELECT ${sql} AS outcome`)
        .catch((error: Error) => [{ outcome: error.message }]);
      if (row?.outcome === 'done') return;
      if (row?.outcome !== 'busy' || tries === 100) throw new Refused(`${sql}: ${row?.outcome}`);
    }
  };
  // By depth: the state in which writes of that depth began. Contents only: numbers that late fixtures took stay taken.
  const expected = [await readContents(reader)];
  const story: string[] = [];
  const depth = () => expected.length;
  try {
    for (let step = 0; step < steps; step++) {
      const choice = random(10);
      if (choice < 5) {
        const choices = STATEMENTS[names[random(names.length)] as string] ?? [];
        const sql = (choices[random(choices.length)] as (typeof choices)[number])(random(12), 100 + random(1000), random(12));
        story.push(sql);
        await app.query(sql).catch(() => app.query('ROLLBACK; RESET ROLE; RESET session_replication_role'));
      } else if (choice < 7 && depth() < DEEPEST) {
        story.push(`push(${depth() + 1})`);
        await call(`seatrial.push(${depth() + 1})`);
        expected.push(await readContents(reader));
      } else if (choice === 7 && depth() > 1) {
        const to = 1 + random(depth() - 1);
        const statements = lateStatements(to);
        const sql = statements[random(statements.length)] as string;
        story.push(`late at ${to}: ${sql}`);
        await call(`seatrial.switch(${to})`);
        await app.query(sql);
        await call(`seatrial.switch(${depth()})`);
        const now = await readContents(reader);
        for (let level = to; level < depth(); level++) {
          const state = expected[level] as Map<string, string>;
          for (const name of lateTables(to)) state.set(name, now.get(name) ?? '');
        }
      } else {
        const current = depth();
        const pop = current > 1 && choice === 9;
        story.push(pop ? `pop(${current})` : `rewind(${current})`);
        await call(`(seatrial.rewind_to(${current}, ${pop ? current - 1 : current}, true)).outcome`);
        const wrong = difference(expected[current - 1] as Map<string, string>, await readContents(reader));
        if (wrong) return `step ${step} of seed ${seed}: ${wrong}\n${story.slice(-40).join(';\n')}`;
        if (pop) expected.pop();
      }
    }
    return undefined;
  } catch (error) {
    if (error instanceof Refused) return `seed ${seed}: ${error.message}\n${story.slice(-40).join(';\n')}`;
    throw error;
  } finally {
    await control[Symbol.asyncDispose]();
    for (const client of [app, reader]) await client.end();
    await admin.query(`DROP DATABASE ${target.database} WITH (FORCE)`);
    await admin.query('DROP ROLE app_user');
    await admin.end();
  }
}

function difference(expected: ReadonlyMap<string, string>, got: ReadonlyMap<string, string>): string {
  return [...expected]
    .filter(([name, content]) => got.get(name) !== content)
    .map(([name, content]) => `${name}: ${content.slice(0, 200)} <> ${got.get(name)?.slice(0, 200)}`)
    .join(' | ');
}
