import type { Leak, Scope } from '../../../core/reset.ts';
import { quoteName } from '../identifier.ts';
import { createBaselines } from './baseline.ts';
import { type Patience, whenCalm } from './calm.ts';
import type { RewindConnection, Row } from './connection.ts';
import { createCopies } from './copies.ts';
import { type Counters, compareDefinitions, isSame, parseCounters, READ_COUNTERS, readDefinitions } from './definitions.ts';
import { installRewind } from './install.ts';
import { type Look, type LookOptions, lookStatements, parseLook } from './look.ts';
import type { OpenSession } from './open-transactions.ts';
import { type RestoreOutcome, restoreDefinitions } from './restore.ts';
import { rewindStatements } from './table-rewind.ts';
import { inDatabases, sqlName, type TableShape, tableId } from './table-shape.ts';
import { createTimeline, depth, type Timeline } from './timeline.ts';

export interface RewinderOptions {
  /** The databases of the lease. */
  readonly databases: readonly string[];
  /** The database that is made for the log. */
  readonly log?: string;
  /** How long other sessions may take to end their transactions. Default 500. */
  readonly patienceMs?: number;
  /** Numbers of AUTO_INCREMENT begin each test where they began the last. Default true. */
  readonly autoIncrement?: boolean;
}

/** Takes the databases of one lease back, scope by scope. */
export interface Rewinder {
  readonly connection: RewindConnection;
  readonly log: string;
  readonly timeline: Timeline;
  /** What rewind does not cover, one line each. */
  readonly uncovered: readonly string[];
  tables(): readonly TableShape[];
  /** What was written in the present span. */
  look(): Promise<Calm<Look>>;
  /** From now on writes belong to this scope. Definitions that were changed until now are those of the scopes that begin. */
  switchTo(scope: Scope): Promise<Calm<Look>>;
  /** Undoes what belongs to this scope and to narrower ones; afterwards writes belong to `next`. */
  undo(scope: Scope, next: Scope): Promise<Calm<UndoOutcome>>;
}

export interface Calm<T> {
  readonly value: T;
  readonly leaks: readonly Leak[];
}
export type UndoOutcome =
  | { readonly kind: 'done'; readonly how: 'rewind' | 'restore' | 'none'; readonly changed: number; readonly accounts: boolean }
  /** The log and the copies can't undo what happened: the server has to be made anew. */
  | { readonly kind: 'marked'; readonly reasons: readonly string[] };

export async function createRewinder(connection: RewindConnection, options: RewinderOptions): Promise<Rewinder> {
  const { databases, log = 'seatrial', autoIncrement = true } = options;
  const numbers = new Map<string, number>();
  const timeline = createTimeline();
  const copies = createCopies(log);
  const install = (anew?: (id: string) => boolean) =>
    installRewind(connection, { log, databases, numbers, ...(anew ? { anew } : {}) });
  let installed = await install();
  let byRel = new Map(installed.tables.map((table) => [table.rel, table]));
  let sequences = await freshSequences(connection, databases);
  await copies.take(connection, 'run', installed.tables);
  const readCounters = async () => parseCounters(await connection.query(READ_COUNTERS));
  const lookOptions = (): LookOptions => ({ log, tables: installed.tables, sequences });
  const patience: Patience = {
    connection,
    log,
    databases,
    patienceMs: options.patienceMs ?? 500,
    names: () => new Map([...byRel].map(([rel, { name }]) => [rel, name])),
  };
  const start = (await readLook(() => 'TRUE', 'COMMIT')).look;
  const baselines = createBaselines({
    definitions: await readDefinitions(connection, databases),
    numbers: start.numbers,
    sequences: start.sequences,
  });
  /** So many statements on definitions and accounts are known. */
  let known: Counters = await readCounters();

  async function readLook(
    where: (column: string) => string,
    end?: string,
  ): Promise<{ look: Look; sessions: readonly OpenSession[] }> {
    const statements = ['START TRANSACTION', ...lookStatements(lookOptions(), where), ...(end ? [end] : [])];
    const look = parseLook((await connection.batch(statements)).slice(1), lookOptions(), connection);
    return { look, sessions: look.sessions };
  }
  /** Sessions that have been stale since the first try of this call. */
  const waitForStale = () => {
    let stale: readonly number[] | undefined;
    return (sessions: readonly OpenSession[]) => {
      const now = sessions.filter(({ isStale }) => isStale);
      const first = stale;
      stale = now.map(({ threadId }) => threadId).filter((id) => first === undefined || first.includes(id));
      return now.filter(({ threadId }) => stale?.includes(threadId));
    };
  };
  const reinstall = async (changed: ReadonlySet<string>) => {
    installed = await install((id) => changed.has(id) || !numbers.has(id));
    byRel = new Map(installed.tables.map((table) => [table.rel, table]));
  };

  const look = () =>
    whenCalm(patience, async () => ({ value: (await readLook((column) => `${column} >= ${timeline.start}`, 'COMMIT')).look }));

  const switchTo = async (scope: Scope): Promise<Calm<Look>> => {
    const staleOf = waitForStale();
    const calm = await whenCalm(patience, async () => {
      const { look: seen, sessions } = await readLook((column) => `${column} >= ${timeline.start}`, 'COMMIT');
      const stale = depth(scope) > depth(timeline.active) ? [] : staleOf(sessions);
      return stale.length > 0 ? { sessions: stale } : { value: seen };
    });
    const { value: seen } = calm;
    const active = timeline.active;
    const isDeeper = depth(scope) > depth(active);
    timeline.switchTo(scope, seen.newest);
    const dirty = [...seen.dirty.keys()].flatMap((rel) => byRel.get(rel) ?? []);
    let isCopied = false;
    if (isDeeper) {
      baselines.set(scope, { numbers: seen.numbers, sequences: seen.sequences });
      copies.drop(scope, 'all');
      isCopied = dirty.length > 0;
      await copies.take(connection, scope, dirty);
    } else if (dirty.length > 0) copies.drop(scope, dirty.map(idOf));
    if (seen.counters.definitions !== known.definitions) {
      const before = baselines.of(scope).definitions;
      const definitions = await readDefinitions(connection, databases);
      const { tables, emptied, triggers, views, others } = compareDefinitions(before, definitions);
      const changed = new Set([...tables, ...emptied]);
      if (!isSame({ tables, emptied, triggers, views, others })) {
        await reinstall(changed);
        sequences = await freshSequences(connection, databases);
        const { look: after } = await readLook((column) => `${column} >= ${timeline.start}`, 'COMMIT');
        baselines.setFrom(scope, {
          definitions: await readDefinitions(connection, databases),
          numbers: after.numbers,
          sequences: after.sequences,
        });
        await copies.take(
          connection,
          scope,
          installed.tables.filter((table) => changed.has(idOf(table))),
        );
      }
      isCopied = true;
    }
    if (isCopied) known = { ...(await readCounters()), accounts: known.accounts };
    return calm;
  };

  const undo = async (scope: Scope, next: Scope): Promise<Calm<UndoOutcome>> => {
    const span = timeline.undone(scope);
    const where = span ? span.where : () => 'FALSE';
    const staleOf = waitForStale();
    const { value, leaks } = await whenCalm<{ seen: Look; redo: RestoreOutcome | undefined }>(patience, async () => {
      const { look: seen, sessions } = await readLook(where);
      const stale = staleOf(sessions);
      if (stale.length > 0) return { sessions: stale };
      const isRedefined = seen.counters.definitions !== known.definitions;
      const unknown = isRedefined ? [] : await readUnknown(seen.dirty);
      if (isRedefined || unknown.length > 0) return { value: { seen, redo: await restore(scope, where, seen, unknown) } };
      const dirty = [...seen.dirty.keys()].flatMap((rel) => byRel.get(rel) ?? []);
      await connection.batch([
        ...dirty.flatMap((table) =>
          rewindStatements(log, table, { where: bounded(where, table, seen), isSpotted: span?.isSpotted ?? false }),
        ),
        ...(seen.dirty.size > 0 ? [`DELETE FROM ${quoteName(log)}.log WHERE ${where('seq')}`] : []),
        'COMMIT',
      ]);
      return { value: { seen, redo: undefined } };
    });
    const { seen, redo } = value;
    if (redo?.kind === 'marked') return { value: redo, leaks };
    const accounts = seen.counters.accounts !== known.accounts;
    timeline.forget(scope, seen.newest);
    timeline.switchTo(next, undefined);
    const counted = redo ? (await readLook(() => 'FALSE', 'COMMIT')).look : seen;
    const renumbered = await renumber(scope, counted);
    baselines.dropBelow(scope);
    if (depth(scope) < depth('test')) copies.drop(scope === 'run' ? 'file' : 'test', 'all');
    if (redo || isRenumberedBySequence(scope, seen)) known = await readCounters();
    else known = { definitions: known.definitions + renumbered, accounts: seen.counters.accounts };
    const changed = redo ? redo.changed : seen.dirty.size;
    const how = redo ? 'restore' : changed > 0 || renumbered > 0 ? 'rewind' : 'none';
    return { value: { kind: 'done', how, changed, accounts }, leaks };
  };

  /** Tables whose log does not tell all. */
  const readUnknown = async (dirty: Look['dirty']): Promise<readonly string[]> => {
    const suspects = [...dirty.keys()].flatMap((rel) => byRel.get(rel) ?? []).filter(({ key }) => key.length === 0);
    const found = await connection.batch(
      suspects.map((table) => `SELECT 1 FROM ${quoteName(log)}.i${table.rel} WHERE \`!op\` = 'x' LIMIT 1`),
    );
    return suspects.filter((_, i) => (found[i]?.length ?? 0) > 0).map(idOf);
  };
  const restore = async (
    scope: Scope,
    where: (column: string) => string,
    seen: Look,
    unknown: readonly string[],
  ): Promise<RestoreOutcome> => {
    const outcome = await restoreDefinitions({
      connection,
      log,
      databases,
      tables: byRel,
      dirty: [...seen.dirty.keys()],
      where,
      isSpotted: timeline.undone(scope)?.isSpotted ?? false,
      unknown,
      baseline: baselines.of(scope).definitions,
      find: (id) => copies.find(scope, id),
    });
    if (outcome.kind === 'done') {
      await reinstall(new Set(outcome.made));
      baselines.setFrom(scope, { definitions: await readDefinitions(connection, databases) });
    }
    return outcome;
  };
  const isRenumberedBySequence = (scope: Scope, seen: Look) =>
    seen.sequences.some((value, i) => value !== baselines.of(scope).sequences[i]);
  /** Sets numbers back; answers how many statements on definitions that took. A table that somebody reads right now keeps its numbers. */
  const renumber = async (scope: Scope, seen: Look): Promise<number> => {
    const before = baselines.of(scope);
    const moved = installed.tables.filter(({ file, autoIncrement: column }) => {
      const [then, now] = [before.numbers.get(file), seen.numbers.get(file)];
      return autoIncrement && column !== undefined && then !== undefined && now !== undefined && then !== now;
    });
    const statements = [
      ...moved.map((table) => `ALTER TABLE ${sqlName(table)} AUTO_INCREMENT = ${before.numbers.get(table.file)}`),
      ...sequences.flatMap((name, i) =>
        before.sequences[i] === seen.sequences[i] ? [] : [`ALTER SEQUENCE ${name} RESTART WITH ${before.sequences[i]}`],
      ),
    ];
    if (statements.length === 0) return 0;
    try {
      await connection.batch(statements);
    } catch {
      for (const statement of statements) await connection.query(statement).catch(() => {});
      known = await readCounters();
      return 0;
    }
    return statements.length;
  };

  return { connection, log, timeline, uncovered: installed.uncovered, tables: () => installed.tables, look, switchTo, undo };
}

function idOf({ database, name }: TableShape): string {
  return tableId(database, name);
}

/** Tables without transactions may be written to at any moment: later events stay for the next time. */
function bounded(where: (column: string) => string, table: TableShape, { dirty }: Look): (column: string) => string {
  return table.isTransactional ? where : (column) => `${where(column)} AND ${column} <= ${dirty.get(table.rel)?.newest}`;
}

/** Sequences begin where the next number that is not in memory is: what is in memory can't be seen. */
async function freshSequences(connection: RewindConnection, databases: readonly string[]): Promise<readonly string[]> {
  const rows = await connection.query<Row>(
    `SELECT TABLE_SCHEMA AS db, TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_TYPE = 'SEQUENCE' AND ${inDatabases('TABLE_SCHEMA', databases)} ORDER BY 1, 2`,
  );
  const names = rows.map(({ db, name }) => `${quoteName(String(db))}.${quoteName(String(name))}`);
  for (const name of names) {
    const [row] = await connection.query(`SELECT next_not_cached_value AS next FROM ${name}`);
    await connection.query(`ALTER SEQUENCE ${name} RESTART WITH ${row?.next}`);
  }
  return names;
}
