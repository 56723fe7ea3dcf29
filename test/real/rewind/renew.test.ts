import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../helpers/postgres-subject.ts';
import { leaseNotes, NOTES, open, startLeasing } from './lease.ts';

let leasing: Awaited<ReturnType<typeof startLeasing>>;
beforeAll(async () => {
  leasing = await startLeasing(NOTES);
});
afterAll(() => leasing?.[Symbol.asyncDispose]());

type Held = Awaited<ReturnType<typeof leaseNotes>>;

/** A file with one test, which the process has left as `work` says; then the process has gone. */
async function renewed(work: (on: Held) => Promise<unknown>, { leavesFile = true } = {}) {
  await using on = await leaseNotes(leasing);
  await on.keeper.enter('file', 'keep');
  await on.write('beforeAll');
  await on.keeper.enter('test', 'keep');
  await on.write('test');
  await work(on);
  if (leavesFile) {
    await on.keeper.leave('test');
    await on.keeper.leave('file');
  }
  await on.app[Symbol.asyncDispose]();
  const isNew = await on.keeper.renew?.();
  const [row] = await sql<{ bodies: string; next: string }>(
    on,
    "SELECT string_agg(body, ',') AS bodies, nextval('notes_id_seq') AS next FROM notes",
  );
  return { isNew, ...row };
}

const AS_MADE = { isNew: true, bodies: 'seed', next: '2' };

test('a lease whose process has ended in order is as new for the next one', async () => {
  expect(await renewed(async () => {})).toEqual(AS_MADE);
});

test('so is one whose process has died in the middle of a test, with an open transaction', async () => {
  const die = async ({ app }: Held) => {
    await app.query('BEGIN');
    await app.query("UPDATE notes SET body = 'half'");
  };
  expect(await renewed(die, { leavesFile: false })).toEqual(AS_MADE);
});

test('it can be renewed again and again', async () => {
  await using on = await leaseNotes(leasing);
  await on.app[Symbol.asyncDispose]();
  for (const round of [1, 2, 3]) {
    await on.keeper.enter('file', 'keep');
    await on.keeper.enter('test', 'keep');
    await sql(on, `INSERT INTO notes (body) VALUES ('${round}')`);
    await on.keeper.leave('test');
    expect(await on.keeper.renew?.()).toBe(true);
  }
});

test.for<[string, (on: Held) => Promise<unknown>]>([
  ['has written before its first file', async (on) => on.keeper.enter('run', 'keep').then(() => on.write('session fixture'))],
  ['has changed definitions', ({ app }) => app.query('ALTER TABLE notes ADD COLUMN more int')],
  ['has taken blocks of numbers', ({ app }) => app.query("SELECT nextval('blocks')")],
  [
    'has set something for the database',
    ({ app }) => app.query("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''8MB''', current_database()); END $$"),
  ],
  ['has made a large object', ({ app }) => app.query("SELECT lo_from_bytea(0, 'x')")],
])('a lease whose process %s is given to nobody', async ([, work]) => {
  expect((await renewed(work)).isNew).toBe(false);
});

test('a lease to which somebody is still connected is given to nobody', async () => {
  await using on = await leaseNotes(leasing);
  await on.app[Symbol.asyncDispose]();
  await using _other = await open(on.url);
  expect(await on.keeper.renew?.()).toBe(false);
});
