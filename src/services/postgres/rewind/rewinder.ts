import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../connect.ts';
import { isLoss } from '../persistently.ts';
import { openRewindConnection, type RewindConnection } from './connection.ts';
import { endOpenTransactions, type OpenTransaction } from './open-transactions.ts';

/** Takes one database back to its baseline, again and again. */
export interface Rewinder extends AsyncDisposable {
  readonly connection: RewindConnection;
  /** Undoes all since the checkpoint; faster than `rewindTo`, and wrong while there are depths. `since`: of `look`, when the test began. */
  rewind(since?: string): Promise<RewindOutcome>;
  /** Undoes what belongs to a depth and deeper ones; afterwards writes belong to `next`. */
  rewindTo(undone: number, next: number, since?: string): Promise<RewindOutcome>;
  /** What was written since the present depth began, the checkpoint when there are none. Waits for nobody. */
  look(): Promise<Look>;
  /** What happened that the log can't undo, one line each. */
  marks(): Promise<readonly string[]>;
  /** Somebody else is in a transaction. */
  isBusy(): Promise<boolean>;
  /** Calls a function of nested.sql that answers `done` or `busy`; sessions that stay busy are ended, and answered. */
  step(call: string): Promise<readonly OpenTransaction[]>;
  /** Does work that may be done twice when nothing else is under way, and again on a new connection when this one is lost. */
  surely<T>(work: () => Promise<T>): Promise<T>;
  /** Does work for which nobody waits, unless he needs the connection; what fails is left for another time. */
  whenIdle(work: () => Promise<void>): void;
  /** The present state is the baseline from now on. */
  checkpoint(): Promise<void>;
}

export interface Look {
  readonly logged: boolean;
  /** Sequences have moved, though nothing may have been committed. */
  readonly moved: boolean;
  readonly marked: boolean;
  /** The server's clock. */
  readonly now: string;
}

export type RewindOutcome =
  | {
      readonly kind: 'done';
      readonly dirtyTables: number;
      readonly leaks: readonly OpenTransaction[];
      /** The server's clock afterwards; absent when there was nothing to undo, and somebody is in a transaction. */
      readonly now: string | undefined;
    }
  /** The log can't undo what happened: the database has to be made anew. */
  | { readonly kind: 'marked'; readonly reasons: readonly string[]; readonly leaks: readonly OpenTransaction[] }
  /** The server refused what the log says, or has lost it; nothing was undone. */
  | { readonly kind: 'failed'; readonly reasons: readonly string[]; readonly leaks: readonly OpenTransaction[] };

export interface RewinderOptions {
  /** Of `openRewindConnection`. */
  readonly onOpen?: Parameters<typeof openRewindConnection>[1];
  /** How long other sessions may take to end their transactions; those that do not are ended, and reported. Default 500. */
  readonly patienceMs?: number;
}

/** The dead rows of the log and of the tables slow rewind down: 0.6 ms become 0.8 after 1,500 tests without this. */
const VACUUM_AFTER = 100;

/** After patience has ended, and sessions have been. */
const GIVE_UP_AFTER_MS = 10_000;

const UNDO = 'SELECT outcome, dirty_tables::int8[]::int[], clock_timestamp()::text AS now FROM seatrial.';

interface Attempt extends Record<string, unknown> {
  readonly outcome: string;
  readonly reason?: string;
  readonly dirty_tables?: number[] | null;
  readonly now?: string;
}

export async function openRewinder(target: Target, options: RewinderOptions = {}): Promise<Rewinder> {
  const patienceMs = options.patienceMs ?? 500;
  const connection = await openRewindConnection(target, async (query) => {
    await query(`SET lock_timeout = ${Math.min(200, patienceMs)}`);
    await options.onOpen?.(query);
  });
  const dirtySinceVacuum = new Set<number>();
  let rewinds = 0;
  let idle: Promise<unknown> = Promise.resolve();

  const surely = async <T>(work: () => Promise<T>): Promise<T> => {
    await idle;
    await connection.ensure();
    try {
      return await work();
    } catch (error) {
      if (!isLoss(error)) throw error;
      await connection.ensure('anew');
      return work();
    }
  };
  const attempt = async (name: string, sql: string): Promise<Attempt> => {
    try {
      const [row] = await surely(() => connection.prepared<Attempt>(name, sql));
      return row ?? { outcome: 'busy' };
    } catch (error) {
      if (isLockConflict(error)) return { outcome: 'busy' };
      if (isLoss(error)) throw error;
      return { outcome: 'failed', reason: (error as Error).message }; // rolled back: nothing has happened
    }
  };
  /** Tries until nobody is at work any more, and sees to that when patience is at its end. */
  const patiently = async (name: string, sql: (waits: boolean) => string, mayPass?: () => Promise<boolean>) => {
    const leaks: OpenTransaction[] = [];
    const deadline = performance.now() + patienceMs;
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 20)) {
      const waits = mayPass === undefined || pauseMs > 1; // first without standing in the queue for the lock
      const tried = await attempt(`${name}-${waits}`, sql(waits));
      if (tried.outcome !== 'busy') return { ...tried, leaks };
      if (await mayPass?.()) return { outcome: 'passed', dirty_tables: [], leaks };
      if (performance.now() >= deadline + GIVE_UP_AFTER_MS)
        return { outcome: 'failed', reason: 'other sessions kept the database locked', dirty_tables: [], leaks };
      if (performance.now() >= deadline) leaks.push(...(await endOpenTransactions(connection)));
      await sleep(pauseMs);
    }
  };
  const undo = async (name: string, sql: (waits: boolean) => string, since: string | undefined): Promise<RewindOutcome> => {
    const { outcome, dirty_tables, now, leaks, reason } = await patiently(
      name,
      sql,
      since === undefined ? undefined : () => isOlder(connection, since),
    );
    if (outcome === 'marked') return { kind: 'marked', reasons: await readMarks(connection), leaks };
    if (reason !== undefined) return { kind: 'failed', reasons: [reason], leaks };
    const tables = dirty_tables ?? [];
    vacuumWhenIdle(tables);
    return { kind: 'done', dirtyTables: tables.length, leaks, now };
  };
  const vacuumWhenIdle = (tables: readonly number[]) => {
    for (const table of tables) dirtySinceVacuum.add(table);
    if (++rewinds % VACUUM_AFTER !== 0) return;
    const names = [...dirtySinceVacuum].map((oid) => `to_regclass(${oid}::regclass::text)::text`);
    dirtySinceVacuum.clear();
    whenIdle(() => vacuum(names)); // a table that is locked now is vacuumed next time
  };
  const whenIdle = (work: () => Promise<void>) => {
    idle = idle.then(work).catch(() => {});
  };
  const vacuum = async (names: readonly string[]) => {
    const [row] = await connection.query<{ all: string }>(
      `SELECT concat_ws(', ', 'seatrial.log', 'seatrial.span', 'seatrial.sequence_at', ${names.join(', ') || 'NULL'}) AS all`,
    );
    await connection.query(`VACUUM ${row?.all}`);
  };

  return {
    connection,
    surely,
    whenIdle,
    rewind: (since) => undo('seatrial-rewind', (waits) => `${UNDO}rewind(${waits})`, since),
    rewindTo: (undone, next, since) =>
      undo(`seatrial-rewind-${undone}-${next}`, (waits) => `${UNDO}rewind_to(${undone}, ${next}, ${waits})`, since),
    look: async () => {
      const sql = 'SELECT logged, moved, marked, clock_timestamp()::text AS now FROM seatrial.look()';
      const [row] = await surely(() => connection.prepared<Look & Record<string, unknown>>('seatrial-look', sql));
      return row as Look;
    },
    marks: () => surely(() => readMarks(connection)),
    isBusy: () =>
      surely(async () => (await connection.query<{ busy: boolean }>('SELECT seatrial.is_busy() AS busy'))[0]?.busy === true),
    step: async (call) => {
      const { leaks, reason } = await patiently(`seatrial-${call}`, () => `SELECT seatrial.${call} AS outcome`);
      if (reason !== undefined) throw new Error(reason);
      return leaks;
    },
    checkpoint: () => surely(async () => void (await connection.query('SELECT seatrial.take_checkpoint()'))),
    [Symbol.asyncDispose]: async () => {
      await idle;
      await connection[Symbol.asyncDispose]();
    },
  };
}

async function readMarks(connection: RewindConnection): Promise<string[]> {
  const marks = await connection.query<{ reason: string; detail: string | null }>(
    'SELECT DISTINCT reason, detail FROM seatrial.mark LIMIT 20',
  );
  return marks.map(({ reason, detail }) => (detail ? `${reason} ${detail}` : reason));
}

/**
 * Nothing was committed since the present depth began, and whoever is in a transaction was so before the test: it is a wider fixture's, such
 * as the transaction around a class of Django's TestCase. There is nothing to undo, and nothing to end.
 */
async function isOlder(connection: RewindConnection, since: string): Promise<boolean> {
  const [row] = await connection.query<{ older: boolean }>(
    `SELECT NOT logged AND NOT marked AND NOT seatrial.is_busy('${since}') AS older FROM seatrial.look()`,
  );
  return row?.older === true;
}

/** 40P01 deadlock, 55P03 lock timeout, 40001 and 57014: somebody writes at this moment. */
function isLockConflict(error: unknown): boolean {
  return ['40P01', '55P03', '40001', '57014'].includes((error as { code?: string }).code ?? '');
}
