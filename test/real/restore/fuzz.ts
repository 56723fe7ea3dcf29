import type pg from 'pg';
import type { ResetReport } from '../../../src/core/reset.ts';
import { type Client, type Leased, open } from '../isolation/lease.ts';
import { readState } from '../rewind/state.ts';
import { createRandom, STATEMENTS } from '../rewind/statements.ts';
import { readDamage, readDefinitions } from './definitions.ts';
import { SHAPES } from './shapes.ts';

export interface RestoreFuzz {
  readonly seed: number;
  readonly rounds: number;
}

/** How often each way back was taken. */
type Counts = Record<string, number>;

/** Reports of an exchange that are right: the server's own objects, and rows of fixtures that nobody can save. */
const MAY_BE_EXCHANGED = /objects of the server itself|could not be saved/;

/**
 * Random fixtures of a file, then tests that change definitions and rows at random over two sessions that live on. After each test the state must be
 * the fixtures', after the file that of the run. Answers what was wrong, with the statements that led there.
 */
export async function fuzzRestore(
  on: Leased,
  { seed, rounds }: RestoreFuzz,
): Promise<{ wrong: string | undefined; counts: Counts }> {
  const random = createRandom(seed);
  const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T;
  const shapes = Object.values(SHAPES).flat();
  const kinds = Object.keys(STATEMENTS);
  const statement = () =>
    random(2) === 0 ? pick(shapes) : pick(STATEMENTS[pick(kinds)] ?? [])(random(12), 100 + random(1000), random(12));
  const counts: Counts = {};
  const sessions: Client[] = [await open(on.url), await open(on.url)];
  let story: string[] = [];
  const run = async (sql: string) => {
    const who = random(2);
    story.push(sql);
    await execute(sessions, who, on.url, sql);
  };
  const fixture = async () => {
    for (let step = random(3); step > 0; step--) await run(statement());
  };
  const check = async (expected: string, report: ResetReport): Promise<string | undefined> => {
    counts[report.how] = (counts[report.how] ?? 0) + 1;
    const told = `seed ${seed}: ${report.how} ${report.fallback ?? ''}\n${story.join(';\n')}`;
    if (report.how === 'swap') return MAY_BE_EXCHANGED.test(report.fallback ?? '') ? 'exchanged' : told;
    await using reader = await open(on.url);
    const damage = await readDamage(reader).catch((error: { code?: string }) => {
      if (error.code === '42883') return []; // a fixture has dropped the checker
      throw error;
    });
    if (damage.length > 0) return `${told}\n${damage.join('\n')}`;
    const difference = compare(expected, await readAll(reader));
    return difference && `${told}\n${difference}`;
  };
  const readNow = async () => {
    await using reader = await open(on.url);
    return await readAll(reader);
  };
  try {
    for (let round = 0; round < rounds; ) {
      story = [];
      if (random(3) === 0) await fixture();
      await on.keeper.enter('file', 'keep');
      const ofRun = await readNow();
      story.push('-- file');
      await fixture();
      let wrong: string | undefined;
      for (let tests = 1 + random(5); tests > 0 && wrong === undefined; tests--) {
        await on.keeper.enter('test', 'keep');
        const before = await readNow();
        story.push('-- test');
        for (let step = 1 + random(5); step > 0; step--) await run(statement());
        wrong = await check(before, await on.keeper.leave('test'));
        round++;
      }
      if (wrong === undefined) wrong = await check(ofRun, await on.keeper.leave('file'));
      else await on.keeper.leave('file');
      if (wrong !== undefined && wrong !== 'exchanged') return { wrong, counts };
    }
    return { wrong: undefined, counts };
  } finally {
    for (const session of sessions) await session[Symbol.asyncDispose]();
  }
}

/** A statement that the server refuses is part of the game; so is a session that an exchange has ended. */
async function execute(sessions: Client[], who: number, url: string, sql: string): Promise<void> {
  for (const tries of [1, 2]) {
    const session = sessions[who] as Client;
    const failed: { message: string; where?: string } | undefined = await session.query(`SET lock_timeout = '2s'; ${sql}`).then(
      () => undefined,
      (error: Error) => error,
    );
    if (failed?.where?.includes('seatrial.')) throw new Error(`${failed.message}: ${failed.where} of ${sql}`);
    const ended = await session.query('ROLLBACK; RESET ALL; RESET ROLE; DISCARD TEMP').then(
      () => false,
      () => true,
    );
    if (!ended) return;
    sessions[who] = await open(url);
    if (tries === 2 || !/terminat|not queryable|closed/.test(failed?.message ?? '')) return;
  }
}

/** Block allocators are never set back; a fixture of the run may have made others. */
const BLOCK_ALLOCATORS = 'SELECT seqrelid::regclass::text AS name FROM pg_sequence WHERE seqincrement <> 1 OR seqcache <> 1';

async function readAll(reader: pg.Client): Promise<string> {
  const views = await reader.query<{ name: string }>(
    "SELECT c.oid::regclass::text AS name FROM pg_class c WHERE c.relkind = 'm' AND c.relispopulated ORDER BY c.oid",
  );
  const held: string[] = [];
  for (const { name } of views.rows) {
    const { rows } = await reader.query(`SELECT string_agg(v::text, ',' ORDER BY v::text COLLATE "C") AS all FROM ${name} v`);
    held.push(`${name} holds ${rows[0]?.all}`);
  }
  const { rows: allocators } = await reader.query<{ name: string }>(BLOCK_ALLOCATORS);
  const isSetBack = (line: string) => !allocators.some(({ name }) => line.startsWith(`public.${name} = `));
  return [
    (await readState(reader)).split('\n').filter(isSetBack).join('\n'),
    ...held,
    ...(await readDefinitions(reader)).split('\n'),
  ].join('\n\n');
}

function compare(expected: string, got: string): string | undefined {
  if (expected === got) return undefined;
  const [wanted, has] = [expected.split('\n\n'), got.split('\n\n')];
  const cut = (line: string) => line.slice(0, 400);
  const missing = wanted.filter((line) => !has.includes(line)).map((line) => `- ${cut(line)}`);
  const extra = has.filter((line) => !wanted.includes(line)).map((line) => `+ ${cut(line)}`);
  return [...missing, ...extra].join('\n') || 'the same, in another order';
}
