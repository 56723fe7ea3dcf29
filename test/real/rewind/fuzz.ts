import pg from 'pg';
import { connect, type Target } from '../../../src/services/postgres/connect.ts';
import { openRewindConnection } from '../../../src/services/postgres/rewind/connection.ts';
import { installRewind } from '../../../src/services/postgres/rewind/install.ts';
import { openRewinder, type Rewinder } from '../../../src/services/postgres/rewind/rewinder.ts';
import { SCHEMA } from './schema.ts';
import { readState } from './state.ts';
import { createRandom, STATEMENTS } from './statements.ts';

export interface FuzzResult {
  /** What was wrong, with the statements that led there; undefined = every round came back to the baseline. */
  readonly wrong: string | undefined;
  readonly rounds: number;
  /** How often statements of each edge case were executed. */
  readonly coverage: Readonly<Record<string, number>>;
  /** Rounds after which the database had to be made anew, because rewind said so. */
  readonly anew: number;
}

export interface FuzzOptions {
  readonly rounds: number;
  readonly seed: number;
  /** Stops early. */
  readonly until?: () => boolean;
  /** Definitions are changed in one of so many steps: a database that is made anew takes its time. */
  readonly definitionsEvery?: number;
  /** Changes the engine after it was installed; for mutants. */
  readonly spoil?: (client: pg.Client) => Promise<void>;
}

/** What the log says that it can't undo. Then it must say so; whoever else does is wrong. */
const MAY_BE_REFUSED = /definitions/;
/** What sessions do with one another, beside the statements. */
const SESSIONS = ['transaction left open', 'session killed', 'commit during and after the rewind'] as const;

/**
 * Random statements over two connections, a rewind, and a comparison by a reader that shares no code with rewind; `rounds` times. A
 * database that rewind refuses is replaced by another clone.
 */
export async function fuzzRewind(target: Target, options: FuzzOptions): Promise<FuzzResult> {
  const template = `${target.database}_fuzzed`;
  const admin = await connect({ ...target, database: 'postgres' });
  await admin.query(`CREATE DATABASE ${template}`);
  await install({ ...target, database: template }, options);
  const random = createRandom(options.seed);
  const names = [...Object.keys(STATEMENTS), ...SESSIONS];
  const coverage = Object.fromEntries(names.map((name) => [name, 0]));
  let subject = await makeSubject(admin, target, template, 0);
  let anew = 0;
  let round = 0;
  try {
    for (; round < options.rounds && !options.until?.(); round++) {
      const story: string[] = [];
      const kinds = new Set<string>();
      let late: Promise<unknown> | undefined;
      let forced = names[round]; // so that the first rounds of the shortest share have each kind once
      for (let step = 1 + random(12); step > 0; step--) {
        const all = random(options.definitionsEvery ?? 25) === 0 ? names : names.filter((name) => name !== 'definitions');
        const name = (forced ?? all[random(all.length)]) as string;
        forced = undefined;
        const kind = (SESSIONS as readonly string[]).includes(name) ? name : undefined;
        const from = STATEMENTS[kind ? 'single rows' : name] ?? [];
        const text = (from[random(from.length)] as (typeof from)[number])(random(12), 100 + random(1000), random(12));
        const canRollBack = !/BEGIN|VACUUM|CLUSTER|ALTER TYPE/.test(text);
        const sql = kind === undefined && random(6) === 0 && canRollBack ? `BEGIN; ${text}; ROLLBACK` : text;
        coverage[name] = (coverage[name] ?? 0) + 1;
        kinds.add(name);
        story.push(kind ? `${sql} -- ${kind}` : sql);
        const who = random(2) as 0 | 1;
        if (kind === 'commit during and after the rewind') {
          late ??= subject.late(`SELECT pg_sleep(${random(4) / 1000}); ${sql}`);
          continue;
        }
        if (kind === undefined) {
          await subject.run(who, sql);
          continue;
        }
        await subject.leaveOpen(who, sql, kind === 'session killed');
      }
      let outcome = await subject.rewinder.rewind();
      if (late) {
        await late; // what it has committed meanwhile the next rewind repairs
        outcome = outcome.kind === 'done' ? await subject.rewinder.rewind() : outcome;
      }
      const isRefused = outcome.kind !== 'done';
      if (outcome.kind !== 'done' && ![...kinds].some((name) => MAY_BE_REFUSED.test(name)))
        return {
          wrong: `round ${round} of seed ${options.seed}: ${outcome.reasons.join()}\n${story.join(';\n')}`,
          rounds: round,
          coverage,
          anew,
        };
      const state = isRefused ? undefined : await subject.state();
      if (state !== undefined && state !== subject.baseline) {
        const wrong = `round ${round} of seed ${options.seed}: ${difference(subject.baseline, state)}\n${story.join(';\n')}`;
        return { wrong, rounds: round, coverage, anew };
      }
      if (!isRefused) continue;
      await subject.end();
      subject = await makeSubject(admin, target, template, ++anew);
    }
    return { wrong: undefined, rounds: round, coverage, anew };
  } finally {
    await subject.end();
    await admin.query(`DROP DATABASE ${template} WITH (FORCE)`);
    await admin.query('DROP ROLE IF EXISTS app_user').catch(() => {});
    await admin.end();
  }
}

async function install(target: Target, { spoil }: FuzzOptions): Promise<void> {
  const connection = await openRewindConnection(target);
  const app = await connect(target);
  await app.query('SET client_min_messages = error');
  await app.query(SCHEMA);
  await installRewind(connection);
  await spoil?.(app);
  await app.end();
  await connection[Symbol.asyncDispose]();
}

interface Subject {
  readonly rewinder: Rewinder;
  readonly baseline: string;
  state(): Promise<string>;
  run(who: 0 | 1, sql: string): Promise<void>;
  /** On a connection of its own, not waited for. */
  late(sql: string): Promise<unknown>;
  leaveOpen(who: 0 | 1, sql: string, killed: boolean): Promise<void>;
  end(): Promise<void>;
}

async function makeSubject(admin: pg.Client, server: Target, template: string, number: number): Promise<Subject> {
  const target = { ...server, database: `${template}_${number}` };
  await admin.query(`CREATE DATABASE ${target.database} TEMPLATE ${template} STRATEGY file_copy`);
  const open = async () => {
    const client = new pg.Client({ ...target, options: '-c lock_timeout=5 -c client_min_messages=error' });
    client.on('error', () => {});
    await client.connect();
    return client;
  };
  const apps = [await open(), await open()];
  const later = await open();
  const reader = await open();
  const rewinder = await openRewinder(target, { patienceMs: 5 });
  const run = async (who: 0 | 1, sql: string, tries = 0): Promise<void> => {
    try {
      await apps[who]?.query(sql);
    } catch {
      // A statement that breaks a constraint is part of the game; its transaction and role end here. So is a session that was ended.
      await apps[who]?.query('ROLLBACK; RESET ALL; RESET ROLE').catch(async () => {
        apps[who] = await open();
        if (tries === 0) await run(who, sql, 1);
      });
    }
  };
  return {
    rewinder,
    baseline: await readState(reader),
    state: () => readState(reader),
    run,
    late: (sql) => later.query(sql).catch(() => later.query('ROLLBACK').catch(() => {})),
    leaveOpen: async (who, sql, killed) => {
      const leaky = await open();
      await leaky.query(`BEGIN; ${sql}`).catch(() => {});
      if (!killed) return;
      await run(who, `SELECT pg_terminate_backend(${(leaky as unknown as { processID: number }).processID})`);
    },
    end: async () => {
      await rewinder[Symbol.asyncDispose]();
      for (const client of [...apps, later, reader]) await client.end().catch(() => {});
      await admin.query(`DROP DATABASE ${target.database} WITH (FORCE)`);
    },
  };
}

function difference(expected: string, got: string): string {
  const have = new Set(got.split('\n\n'));
  const missing = expected.split('\n\n').filter((part) => !have.has(part));
  return missing.map((part) => part.split('\n')[0]).join(', ') || got.slice(0, 200);
}
