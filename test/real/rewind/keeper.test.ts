import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../helpers/postgres-subject.ts';
import { leaseNotes, NOTES, open, startLeasing } from './lease.ts';

let leasing: Awaited<ReturnType<typeof startLeasing>>;
beforeAll(async () => {
  leasing = await startLeasing(NOTES);
});
afterAll(() => leasing?.[Symbol.asyncDispose]());
const lease = () => leaseNotes(leasing);

test('what a test writes goes at its end, what the run has written before stays', async () => {
  await using on = await lease();
  await on.write('session fixture');
  for (const round of [1, 2, 3]) {
    expect(await on.keeper.enter('test', 'keep')).toBeUndefined();
    await on.write(`test ${round}`);
    await on.app.query("UPDATE notes SET body = 'changed' WHERE id = 1");
    expect(await on.keeper.leave('test')).toMatchObject({ how: 'rewind', changed: 1, leaks: [] });
    expect(await on.bodies()).toEqual(['seed', 'session fixture']);
  }
  await on.keeper.enter('test', 'keep');
  expect(await on.keeper.leave('test')).toMatchObject({ how: 'none', changed: 0, leaks: [] });
});

test('what a file writes stays until it is left, what it writes between tests too', async () => {
  await using on = await lease();
  await on.keeper.enter('file', 'keep');
  await on.write('module fixture');
  await on.keeper.enter('test', 'keep');
  await on.write('test 1');
  await on.app.query("UPDATE notes SET body = 'changed'");
  await on.keeper.leave('test');
  expect(await on.bodies()).toEqual(['seed', 'module fixture']);
  await on.write('between');
  await on.keeper.enter('test', 'keep');
  await on.app.query('DELETE FROM notes');
  await on.keeper.leave('test');
  expect(await on.bodies()).toEqual(['seed', 'module fixture', 'between']);
  expect(await on.keeper.leave('file')).toMatchObject({ how: 'rewind', changed: 1 });
  expect(await on.bodies()).toEqual(['seed']);

  await on.keeper.enter('file', 'keep');
  await on.keeper.enter('test', 'keep');
  await on.write('test of the next file');
  await on.keeper.leave('test');
  await on.write('hook');
  await on.keeper.leave('file');
  expect(await on.bodies()).toEqual(['seed']);
});

test('writes that come after the end of a test are undone and reported when no hook may have made them', async () => {
  await using on = await lease();
  await on.keeper.enter('test', 'keep');
  await on.write('test');
  await on.keeper.leave('test');
  await on.write('late job');
  expect(await on.keeper.enter('test', 'undo')).toMatchObject({
    how: 'rewind',
    leaks: [{ kind: 'write', text: expect.stringContaining('notes (1 row)') }],
  });
  expect(await on.bodies()).toEqual(['seed']);
  await on.write('test 2');
  await on.keeper.leave('test');
  expect(await on.keeper.enter('test', 'undo')).toBeUndefined();
});

test.each(['clean', 'dirty'])(
  'fixtures of wider scopes that run late in a %s test survive its end, each as long as its scope',
  async (test) => {
    await using on = await lease();
    await on.keeper.enter('file', 'keep');
    await on.keeper.enter('test', 'keep');
    if (test === 'dirty') await on.write('test');
    await on.keeper.enter('run', 'keep');
    await on.write('late session fixture');
    await on.keeper.enter('file', 'keep');
    await on.write('late module fixture');
    await on.keeper.enter('test', 'keep');
    await on.write('test');
    await on.keeper.leave('test');
    expect(await on.bodies()).toEqual(['seed', 'late session fixture', 'late module fixture']);
    await on.keeper.enter('test', 'undo');
    await on.write('test 2');
    await on.keeper.leave('test');
    expect(await on.bodies()).toEqual(['seed', 'late session fixture', 'late module fixture']);
    await on.keeper.leave('file');
    expect(await on.bodies()).toEqual(['seed', 'late session fixture']);
    await on.keeper.enter('test', 'keep');
    await on.write('test 3');
    await on.keeper.leave('test');
    expect(await on.bodies()).toEqual(['seed', 'late session fixture']);
  },
);

test('a transaction around a whole class, begun before its tests, is let be while nothing is committed', async () => {
  await using on = await lease();
  await on.keeper.enter('file', 'keep');
  await on.app.query('BEGIN');
  await on.write('class fixture');
  for (const round of [1, 2]) {
    await on.keeper.enter('test', 'keep');
    await on.app.query('SAVEPOINT s');
    await on.write(`test ${round}`);
    await on.app.query('ROLLBACK TO s');
    expect(await on.keeper.leave('test')).toMatchObject({ how: 'none', leaks: [] });
    expect(await on.bodies()).toEqual(['seed', 'class fixture']);
  }
  await on.app.query('ROLLBACK');
  expect(await on.keeper.leave('file')).toMatchObject({ leaks: [] });
});

test('a database that does not carry our marker is refused', async () => {
  await using on = await lease();
  const name = `"${on.app.database}"`;
  const [row] = await sql(
    leasing.db,
    `SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = '${on.app.database}'`,
  );
  await on.app.query(`COMMENT ON DATABASE ${name} IS 'mine now'`);
  await expect(leasing.book.openKeeper?.(on.id, 'rewind')).rejects.toMatchObject({ code: 'SEATRIAL_RESET_NOT_ALLOWED' });
  await on.app.query(`COMMENT ON DATABASE ${name} IS '${row?.comment}'`);
});

test('a test that ends all sessions of its database, ours too, is taken back all the same', async () => {
  await using on = await lease();
  await on.keeper.enter('test', 'keep');
  await on.write('test');
  await on.app.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  expect(await on.keeper.leave('test')).toMatchObject({ how: 'rewind', changed: 1 });
  expect(await on.bodies()).toEqual(['seed']);
});

test('a session that only reads may stay in its transaction for as long as it likes', async () => {
  await using on = await lease();
  await using reader = await open(on.url);
  await reader.query('BEGIN; SELECT count(*) FROM notes');
  for (const round of [1, 2]) {
    await on.keeper.enter('test', 'keep');
    await on.write(`test ${round}`);
    expect(await on.keeper.leave('test')).toMatchObject({ how: 'rewind', leaks: [] });
  }
  expect((await reader.query('SELECT count(*)::int AS n FROM notes')).rows).toEqual([{ n: 1 }]);
});

test('a transaction that a test leaves open is ended, and told by its statement', async () => {
  await using on = await lease();
  await using leaky = await open(`${on.url}?application_name=worker`);
  await on.keeper.enter('test', 'keep');
  await leaky.query('BEGIN');
  await leaky.query("INSERT INTO notes (body) VALUES ('never committed')");
  expect(await on.keeper.leave('test')).toMatchObject({
    leaks: [
      {
        kind: 'transaction',
        text: expect.stringMatching(/^idle in transaction for \d+ ms \(worker, pid \d+\): INSERT INTO notes/),
      },
    ],
  });
  expect(await on.bodies()).toEqual(['seed']);
});

test('an allocator of blocks, as Hibernate has it, never hands out a number twice over 200 inserts and resets', async () => {
  await using on = await lease();
  // Its state is in the memory of the app, which knows of no reset: after 50 numbers it asks the sequence for the next block.
  let next = 0;
  let end = 0;
  const allocate = async () => {
    if (next === end) {
      const { rows } = await on.app.query("SELECT nextval('blocks')::int AS last");
      [next, end] = [rows[0].last, rows[0].last + 50];
    }
    return next++;
  };
  const used = new Set<number>();
  for (let round = 0; round < 200; round++) {
    await on.keeper.enter('test', 'undo');
    const id = await allocate();
    expect(id).toBeGreaterThan(0);
    expect(used.has(id)).toBe(false);
    used.add(id);
    await on.app.query('INSERT INTO by_block VALUES ($1)', [id]);
    expect(await on.keeper.leave('test')).toMatchObject({ changed: 1, leaks: [] });
  }
});

/** Kills a session of the server by force, and waits until the server has ended all others for that. */
async function crash(on: Awaited<ReturnType<typeof lease>>): Promise<void> {
  await using other = await open(on.url);
  const ended = new Promise<unknown>((resolve) => other.once('end', () => resolve(undefined)));
  const { rows } = await on.app.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
  await ended;
}

test.each(['in a test', 'between tests'])(
  'after a crash of the server %s, which empties the log, the database is made anew',
  async (when) => {
    await using on = await lease();
    await on.keeper.enter('file', 'keep');
    if (when === 'between tests') await on.write('fixture of the file');
    await on.keeper.enter('test', 'keep');
    await on.write('test');
    if (when === 'between tests') await on.keeper.leave('test');
    await crash(on);
    const report = await (when === 'in a test' ? on.keeper.leave('test') : on.keeper.enter('test', 'keep'));
    expect(report).toMatchObject({ how: 'swap', disconnected: true, fallback: expect.stringContaining('crash of the server') });
    await using app = await open(on.url);
    expect((await app.query('SELECT body FROM notes')).rows).toEqual([{ body: 'seed' }]);
    if (when === 'in a test') await on.keeper.enter('test', 'keep');
    await app.query("INSERT INTO notes (body) VALUES ('next test')");
    expect(await on.keeper.leave('test')).toMatchObject({ how: 'rewind', changed: 1 });
  },
  30_000,
);

test('one test after the other, in one go: each begins with the baseline, with the clock of its own begin', async () => {
  await using on = await lease();
  await on.keeper.enter('file', 'keep');
  await on.write('module fixture');
  await on.keeper.enter('test', 'keep');
  for (const round of [1, 2, 3]) {
    await on.write(`test ${round}`);
    expect(await on.keeper.again?.()).toMatchObject({ how: 'rewind', changed: 1, leaks: [] });
    expect(await on.bodies()).toEqual(['seed', 'module fixture']);
  }
  await using other = await open(on.url);
  await other.query("BEGIN; INSERT INTO notes (body) VALUES ('left open')");
  expect(await on.keeper.again?.()).toMatchObject({ leaks: [{ kind: 'transaction' }] });
  await on.app.query('ALTER TABLE notes ADD COLUMN more int');
  await on.write('beside a definition');
  await on.keeper.again?.();
  expect(await on.bodies()).toEqual(['seed', 'module fixture']);
  await on.write('last');
  await on.keeper.leave('test');
  expect(await on.keeper.leave('file')).toMatchObject({ changed: 1 });
  expect(await on.bodies()).toEqual(['seed']);
});

test('a transaction that is open since before the tests, around all of them, is nobody’s leak when they go on in one go', async () => {
  await using on = await lease();
  await using around = await open(on.url);
  await around.query("BEGIN; INSERT INTO notes (body) VALUES ('of the class')");
  await on.keeper.enter('test', 'keep');
  for (const _ of [1, 2]) expect(await on.keeper.again?.()).toMatchObject({ how: 'none', leaks: [] });
  expect((await around.query('SELECT count(*)::int AS n FROM notes')).rows).toEqual([{ n: 2 }]);
  await on.keeper.leave('test');
});
