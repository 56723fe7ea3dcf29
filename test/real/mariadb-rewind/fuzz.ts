import { Readable } from 'node:stream';
import mysql, { type Connection, type RowDataPacket } from 'mysql2/promise';
import type { Target } from '../../../src/services/mariadb/connect.ts';
import { openRewindKeeper } from '../../../src/services/mariadb/rewind/open.ts';
import { DATABASES, SCHEMA } from './schema.ts';
import { difference, readState } from './state.ts';
import { createRandom, REDEFINITIONS, STATEMENTS } from './statements.ts';

export interface FuzzResult {
  /** What was wrong, with the statements that led there; undefined = every round came back to the baseline. */
  readonly wrong: string | undefined;
  /** How often statements of each edge case were executed. */
  readonly coverage: Readonly<Record<string, number>>;
}

export async function open(target: Target, database: string = DATABASES[0]): Promise<Connection> {
  const client = await mysql.createConnection({
    host: target.host,
    port: target.port,
    user: target.user,
    password: target.password,
    database,
    multipleStatements: true,
    infileStreamFactory: () => Readable.from([Buffer.from('3,400\n5,500\n88,600\n')]),
  });
  client.on('error', () => {});
  await client.query('SET innodb_lock_wait_timeout = 2, lock_wait_timeout = 5');
  return client;
}

export async function createSchema(target: Target): Promise<void> {
  const maker = await open(target, 'mysql');
  for (const sql of SCHEMA) await maker.query(sql);
  await maker.end();
}

const INTERRUPTIONS = ['open transactions', 'sessions at work', 'late writes'];

/** Writers, holders of locks, readers of old rows, and such that only keep tables from being altered. */
const LEFT_OPEN = [
  'BEGIN; INSERT INTO audit (n) VALUES (3)',
  'BEGIN; UPDATE positions SET pos = pos + 7000 WHERE id = 4',
  'BEGIN; SELECT * FROM customers FOR UPDATE',
  'BEGIN; SELECT * FROM words FOR UPDATE',
  'BEGIN; SELECT count(*) FROM tree',
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; BEGIN; SELECT count(*) FROM tree, words',
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; BEGIN; SELECT count(*) FROM customers, orders, audit',
];
const LOCKED = ['customers', 'parcels', 'positions', 'tree', 'types', 'words'];

/** A session that holds locks and is in the middle of a statement: nobody can tell by looking that it is in the way. */
async function startWork(target: Target, table: string): Promise<{ readonly sql: string; end(): Promise<void> }> {
  const [client, killer] = [await open(target), await open(target)];
  const sql = `BEGIN; SELECT * FROM ${table} FOR UPDATE; SELECT SLEEP(100)`;
  const working = client.query(sql).catch(() => {}); // a table that is not there any more, or the end of its session
  let isOver = false;
  void working.then(() => {
    isOver = true;
  });
  const isSeen = async () =>
    (
      await killer.query<RowDataPacket[]>(
        "SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = ? AND INFO LIKE '%SLEEP%' AND STATE = 'User sleep'",
        [client.threadId],
      )
    )[0].length > 0;
  while (!isOver && !(await isSeen()));
  return {
    sql,
    end: async () => {
      await killer.query(`KILL CONNECTION ${client.threadId}`).catch(() => {}); // it is gone already where it was in the way
      await working;
      await client.end().catch(() => {});
      await killer.end();
    },
  };
}

/** Random statements over two connections, the end of the test, and a comparison by a reader that shares no code with rewind; `rounds` times. */
export async function fuzzRewind(
  target: Target,
  options: {
    readonly rounds: number;
    readonly seed: number;
    /** Puts a defect into the engine: at the start, and when it may have been installed again. */
    readonly spoil?: () => Promise<void>;
  },
): Promise<FuzzResult> {
  const { rounds, seed, spoil } = options;
  await createSchema(target);
  const apps = [await open(target), await open(target)];
  const reader = await open(target);
  const keeper = await openRewindKeeper(target, { databases: DATABASES, patienceMs: 30 });
  const random = createRandom(seed);
  const coverage: Record<string, number> = Object.fromEntries(
    [...Object.keys(STATEMENTS), ...Object.keys(REDEFINITIONS), ...INTERRUPTIONS].map((name) => [name, 0]),
  );
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
  const choose = (from: Readonly<Record<string, readonly ((x: number, y: number, z: number) => string)[]>>) => {
    const name = pick(Object.keys(from));
    coverage[name] = (coverage[name] ?? 0) + 1;
    return pick(from[name] ?? [])(random(12), 100 + random(1000), random(12));
  };
  const run = async (index: number, sql: string): Promise<boolean> => {
    // A statement that breaks a constraint is part of the game; its transaction and settings end here.
    try {
      await apps[index]?.query(sql);
      return true;
    } catch (error) {
      if (isEnded(error)) apps[index] = await open(target);
      else
        await apps[index]?.query(
          "ROLLBACK; UNLOCK TABLES; SET foreign_key_checks = 1, autocommit = 1, sql_mode = DEFAULT, time_zone = 'SYSTEM'",
        );
      return false;
    }
  };
  try {
    const baseline = await readState(reader);
    let hasRedefined = true;
    for (let round = 0; round < rounds; round++) {
      const story: string[] = [];
      if (hasRedefined) await spoil?.();
      hasRedefined = false;
      await keeper.enter('test', 'keep');
      for (let step = 1 + random(10); step > 0; step--) {
        const isForced = step === 1 && round % 12 === 11; // each kind in each share of a CI run
        const isRedefinition = isForced || random(60) === 0;
        hasRedefined ||= isRedefinition;
        const kind = Object.keys(REDEFINITIONS)[Math.floor(round / 12) % 3] ?? '';
        const text = choose(isForced ? { [kind]: REDEFINITIONS[kind] ?? [] } : isRedefinition ? REDEFINITIONS : STATEMENTS);
        const sql = random(7) === 0 && !isRedefinition && !/BEGIN|SET |LOCK/.test(text) ? `BEGIN; ${text}; ROLLBACK` : text;
        story.push(sql);
        await run(random(2), sql);
      }
      // A restore has many steps, and each of these may stop it at one of them.
      const isOften = hasRedefined ? 3 : 60;
      const isLeftOpen = random(isOften) === 0 || round % 25 === 24;
      if (isLeftOpen) {
        coverage['open transactions'] = (coverage['open transactions'] ?? 0) + 1;
        const sql = pick(LEFT_OPEN);
        story.push(`(left open) ${sql}`);
        await run(0, sql);
      }
      const isBusy = random(isOften) === 0 || round % 25 === 20;
      const work = isBusy ? await startWork(target, pick(LOCKED)) : undefined;
      if (work) {
        coverage['sessions at work'] = (coverage['sessions at work'] ?? 0) + 1;
        story.push(`(at work) ${work.sql}`);
      }
      const report = await keeper.leave('test');
      await work?.end();
      await keeper.diff?.(); // also waits for numbers that are set back in the background
      let wrong = difference(baseline, await readState(reader));
      if (!wrong && (random(20) === 0 || round % 25 === 12)) {
        coverage['late writes'] = (coverage['late writes'] ?? 0) + 1;
        const isWritten = await run(
          1,
          pick([
            "INSERT INTO customers (email) VALUES ('late')",
            'DELETE FROM items WHERE line < 9',
            'INSERT INTO nokey (a) VALUES (7)',
          ]),
        );
        const late = await keeper.enter('test', 'undo');
        await keeper.diff?.();
        wrong =
          difference(baseline, await readState(reader)) ??
          (!isWritten || late?.leaks.some(({ kind }) => kind === 'write') ? undefined : 'a late write was not told');
        await keeper.leave('test');
      }
      if (isLeftOpen) await run(0, 'ROLLBACK; SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      if (wrong) return { wrong: `round ${round} of seed ${seed} (${report.how}): ${wrong}\n${story.join(';\n')}`, coverage };
    }
    return { wrong: undefined, coverage };
  } finally {
    await keeper[Symbol.asyncDispose]();
    for (const client of [...apps, reader]) await client.end().catch(() => {});
  }
}

function isEnded(error: unknown): boolean {
  const { fatal, code } = error as { fatal?: boolean; code?: string };
  return fatal === true || code === 'ER_CONNECTION_KILLED';
}
