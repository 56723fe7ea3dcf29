import { SCOPES, type Scope } from '../../../src/core/reset.ts';
import type { Target } from '../../../src/services/mariadb/connect.ts';
import { openRewindKeeper } from '../../../src/services/mariadb/rewind/open.ts';
import { lateStatements, lateTables } from '../rewind/late-fixtures.ts';
import { createSchema, open } from './fuzz.ts';
import { DATABASES } from './schema.ts';
import { difference, readState } from './state.ts';
import { createRandom, REDEFINITIONS, STATEMENTS } from './statements.ts';

const lateSchema = (scope: Scope) => {
  const [keys, nokey] = lateTables(scope);
  return [
    `CREATE TABLE ${keys} (id int AUTO_INCREMENT PRIMARY KEY, v int)`,
    `CREATE TABLE ${nokey} (v int)`,
    `INSERT INTO ${keys} (v) VALUES (0), (0), (0), (0), (0)`,
    `INSERT INTO ${nokey} VALUES (0), (0)`,
  ];
};
type State = ReadonlyMap<string, string>;

/**
 * Random entering and leaving of scopes, statements, writes between tests, and fixtures of wider scopes that run late; after each leave the state
 * must be the one in which writes of that scope began, late fixtures added.
 */
export async function fuzzNested(
  target: Target,
  { steps, seed }: { readonly steps: number; readonly seed: number },
): Promise<{ readonly wrong: string | undefined; readonly coverage: Readonly<Record<string, number>> }> {
  await createSchema(target);
  const [app, reader] = [await open(target), await open(target)];
  for (const scope of SCOPES.slice(0, 2)) for (const sql of lateSchema(scope)) await app.query(sql);
  const keeper = await openRewindKeeper(target, { databases: DATABASES });
  const random = createRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
  const coverage: Record<string, number> = {};
  const story: string[] = [];
  const tell = (what: string, line = what) => {
    coverage[what] = (coverage[what] ?? 0) + 1;
    story.push(line);
  };
  const write = async () => {
    const from = random(12) === 0 ? REDEFINITIONS : STATEMENTS;
    const sql = pick(from[pick(Object.keys(from))] ?? [])(random(12), 100 + random(1000), random(12));
    tell(from === STATEMENTS ? 'statement' : 'redefinition', sql);
    if (from === REDEFINITIONS) current().hasRedefined = true;
    await app
      .query(sql)
      .catch(() =>
        app.query(
          "ROLLBACK; UNLOCK TABLES; SET foreign_key_checks = 1, autocommit = 1, sql_mode = DEFAULT, time_zone = 'SYSTEM'",
        ),
      );
  };
  /** From the widest: the state in which writes of each scope began. */
  let levels: { scope: Scope; state: State; hasRedefined?: true }[] = [{ scope: 'run', state: await readState(reader) }];
  const current = () => levels.at(-1) as (typeof levels)[number];
  const check = async (expected: State): Promise<string | undefined> => {
    await keeper.diff?.(); // waits for numbers too
    return difference(withoutLateNumbers(expected), withoutLateNumbers(await readState(reader)));
  };
  /** After a test: the state that it has left. */
  let between: State | undefined;
  const steppers = {
    write,
    enter: async () => {
      const { scope } = current();
      if (scope === 'test') return;
      const next = between ? 'test' : pick(scope === 'run' ? (['file', 'test'] as const) : (['test'] as const));
      const kept = between !== undefined && random(3) === 0 ? 'undo' : 'keep';
      tell(`enter ${next}, ${kept}`);
      await keeper.enter(next, kept);
      const wrong = between && kept === 'undo' ? await check(between) : undefined;
      levels.push({ scope: next, state: await readState(reader) });
      between = undefined;
      return wrong;
    },
    late: async () => {
      const wider = levels.slice(0, -1).filter(({ scope }) => scope !== 'test');
      if (wider.length === 0 || between) return;
      const { scope } = pick(wider);
      // Definitions that were changed before belong to the late fixture, as ADR 0013 says.
      if (levels.slice(levels.findIndex((level) => level.scope === scope) + 1).some(({ hasRedefined }) => hasRedefined)) return;
      const sql = pick(lateStatements(scope));
      tell(`late ${scope}`, `late ${scope}: ${sql}`);
      await keeper.enter(scope, 'keep');
      await app.query(sql);
      await keeper.enter(current().scope, 'keep');
      const now = await readState(reader);
      // Sequences that narrower scopes have used till then stay where they are: the late fixture may have used them too.
      const late = [...lateTables(scope).map((name) => `rows of \`fuzz\`.\`${name}\``), 'numbers of `fuzz`.`numbers`'];
      const widest = levels.findIndex((level) => level.scope === scope);
      levels = levels.map((level, i) =>
        i <= widest
          ? level
          : { ...level, state: new Map([...level.state, ...late.map((key) => [key, now.get(key) ?? ''] as const)]) },
      );
      return;
    },
    leave: async () => {
      const { scope, state } = current();
      tell(`leave ${scope}`);
      await keeper.leave(scope);
      const wrong = await check(state);
      if (scope === 'test') {
        levels.pop();
        // What comes between tests belongs to the file, whether anybody has entered one or not.
        if (current().scope === 'run') levels.push({ scope: 'file', state });
        between = state;
      } else {
        between = undefined;
        if (scope === 'file') levels.pop();
      }
      return wrong;
    },
  };
  try {
    for (let step = 0; step < steps; step++) {
      const choice = random(10);
      const name = choice < 5 ? 'write' : choice < 7 ? 'enter' : choice < 8 ? 'late' : 'leave';
      const wrong = await steppers[name]().catch((error: Error) => `threw ${error.stack}`);
      if (wrong) return { wrong: `step ${step} of seed ${seed}: ${wrong}\n${story.slice(-25).join(';\n')}`, coverage };
    }
    return { wrong: undefined, coverage };
  } finally {
    await keeper[Symbol.asyncDispose]();
    for (const client of [app, reader]) await client.end();
  }
}

/** Numbers that late fixtures took stay taken, or do not. */
function withoutLateNumbers(state: State): State {
  return new Map(
    [...state].map(([key, text]) => [
      key,
      /^definition of `fuzz`.`late_/.test(key) ? text.replace(/ AUTO_INCREMENT=\d+/, '') : text,
    ]),
  );
}
