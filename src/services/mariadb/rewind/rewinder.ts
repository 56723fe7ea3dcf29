import type { Leak, Scope } from '../../../core/reset.ts';
import { quoteName } from '../identifier.ts';
import { type Baseline, createBaselines } from './baseline.ts';
import { type Patience, whenCalm } from './calm.ts';
import type { RewindConnection } from './connection.ts';
import { createCopies } from './copies.ts';
import { type Counters, compareDefinitions, isSame, parseCounters, READ_COUNTERS, readDefinitions } from './definitions.ts';
import { imageTable, OP, SEQ } from './image.ts';
import { installRewind } from './install.ts';
import { type Look, type LookOptions, readLook, readSurroundings, type Surroundings } from './look.ts';
import { setNumbersBack, startSequences } from './numbers.ts';
import type { OpenSession } from './open-transactions.ts';
import { type RestoreOutcome, refill, restoreDefinitions, tooLarge } from './restore.ts';
import { rewindStatements } from './table-rewind.ts';
import { type TableShape, tableId } from './table-shape.ts';
import { createTimeline, depth, type Timeline } from './timeline.ts';

export interface RewinderOptions {
  /** The databases of the lease. Default: all that there are. */
  readonly databases?: readonly string[];
  /** The database that is made for the log. */
  readonly log?: string;
  /** How long other sessions may take to end their transactions. Default 500. */
  readonly patienceMs?: number;
  /** Numbers of AUTO_INCREMENT begin each test where they began the last. Default true. */
  readonly autoIncrement?: boolean;
  /** Is told what rewind does not cover, one line each. */
  readonly onUncovered?: (line: string) => void;
}

/** Takes the databases of one lease back, scope by scope. */
export interface Rewinder {
  readonly connection: RewindConnection;
  readonly log: string;
  readonly timeline: Timeline;
  tables(): readonly TableShape[];
  /** What was written in the present span. */
  look(): Promise<Calm<Look>>;
  /** From now on writes belong to this scope. Definitions that were changed until now are those of the scopes that begin. */
  switchTo(scope: Scope): Promise<Calm<Look>>;
  /** Undoes what belongs to this scope and to narrower ones; afterwards writes belong to `next`. */
  undo(scope: Scope, next: Scope): Promise<Calm<UndoOutcome>>;
  /** What is done in the background has ended: numbers are set back. */
  settle(): Promise<void>;
}

export interface Calm<T> {
  readonly value: T;
  readonly leaks: readonly Leak[];
}
export type UndoOutcome =
  | {
      readonly kind: 'done';
      readonly how: 'rewind' | 'restore' | 'none';
      readonly changed: number;
      readonly accounts: boolean;
      readonly written: Look['dirty'];
    }
  /** The log and the copies can't undo what happened: the server has to be made anew. */
  | { readonly kind: 'marked'; readonly reasons: readonly string[] };

interface Undone {
  readonly seen: Look;
  readonly around: Surroundings;
  readonly redo?: RestoreOutcome;
}

export async function createRewinder(connection: RewindConnection, options: RewinderOptions): Promise<Rewinder> {
  const { log = 'seatrial', autoIncrement = true } = options;
  const databases = options.databases ?? (await readDatabases(connection, log));
  const numbers = new Map<string, number>();
  const timeline = createTimeline();
  const copies = createCopies(log);
  let byRel: ReadonlyMap<number, TableShape> = new Map();
  const patience: Patience = {
    connection,
    log,
    databases,
    patienceMs: options.patienceMs ?? 500,
    names: () => new Map([...byRel].map(([rel, { name }]) => [rel, name])),
  };
  const install = (anew?: (id: string) => boolean) =>
    installRewind(connection, { log, databases, numbers, ...(anew ? { anew } : {}) });
  const { value: first } = await whenCalm(patience, async () => ({ value: await install() }));
  let installed = first;
  for (const line of installed.uncovered) options.onUncovered?.(line);
  byRel = new Map(installed.tables.map((table) => [table.rel, table]));
  let sequences = await startSequences(connection, databases);
  await copies.take(connection, 'run', installed.tables);
  const readCounters = async () => parseCounters(await connection.query(READ_COUNTERS));
  const all = (): LookOptions => ({ log, tables: installed.tables, sequences });
  const baselines = createBaselines({
    definitions: await readDefinitions(connection, databases),
    ...(await readSurroundings(connection, all())),
  });
  /** So many statements on definitions and accounts are known. */
  let known: Counters = await readCounters();
  let idle: Promise<unknown> = Promise.resolve();
  const sinceStart = (column: string) => `${column} >= ${timeline.start}`;

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
  /** Tables to install anew; undefined = capture is whole. A lock may stop what we do anywhere, and the next try can't see by definitions how far that came. */
  let bare: Set<string> | undefined;
  const setBare = (ids: Iterable<string>) => {
    bare = new Set([...(bare ?? []), ...ids]);
  };
  const reinstall = async () => {
    const anew = bare;
    installed = await install((id) => anew?.has(id) ?? false);
    byRel = new Map(installed.tables.map((table) => [table.rel, table]));
    bare = undefined;
  };

  const look = async () => {
    await idle;
    return whenCalm(patience, async () => ({ value: await readLook(connection, all(), sinceStart, ['COMMIT']) }));
  };

  const switchTo = async (scope: Scope): Promise<Calm<Look>> => {
    await idle;
    const staleOf = waitForStale();
    const isDeeper = depth(scope) > depth(timeline.active);
    const { value, leaks: told } = await whenCalm(patience, async () => {
      const beside = readSurroundings(connection, all());
      const [seen, around] = await Promise.all([readLook(connection, all(), sinceStart, ['COMMIT']), beside]);
      const stale = isDeeper ? [] : staleOf(around.sessions);
      return stale.length > 0 ? { sessions: stale } : { value: { seen, around } };
    });
    const { seen, around } = value;
    const leaks = [...told];
    timeline.switchTo(scope, seen.newest);
    const dirty = tablesOf(seen);
    if (isDeeper) {
      baselines.set(scope, { numbers: around.numbers, sequences: around.sequences });
      copies.drop(scope, 'all');
      const taken = await whenCalm(patience, async () => ({ value: await copies.take(connection, scope, dirty) }));
      leaks.push(...taken.leaks);
    } else copies.drop(scope, dirty.map(idOf));
    const isRedefined = bare !== undefined || around.counters.definitions !== known.definitions;
    if (isRedefined) leaks.push(...(await whenCalm(patience, async () => ({ value: await follow(scope) }))).leaks);
    if (isRedefined || (isDeeper && dirty.length > 0)) known = { ...(await readCounters()), accounts: known.accounts };
    return { value: seen, leaks };
  };
  /** Definitions were changed outside a test: they are part of the baseline of this scope. */
  const follow = async (scope: Scope): Promise<void> => {
    const difference = compareDefinitions(baselines.of(scope).definitions, await readDefinitions(connection, databases));
    if (isSame(difference) && bare === undefined) return;
    const changed = new Set([...difference.tables, ...difference.emptied]);
    setBare(changed);
    await reinstall();
    sequences = await startSequences(connection, databases);
    const { numbers: next, sequences: values } = await readSurroundings(connection, all());
    const tables = installed.tables.filter((table) => changed.has(idOf(table)));
    await copies.take(connection, scope, tables);
    baselines.setFrom(scope, { definitions: await readDefinitions(connection, databases), numbers: next, sequences: values });
  };

  const undo = async (scope: Scope, next: Scope): Promise<Calm<UndoOutcome>> => {
    await idle;
    const span = timeline.undone(scope);
    const where = span ? span.where : () => 'FALSE';
    const staleOf = waitForStale();
    const { value, leaks } = await whenCalm<Undone>(patience, async () => {
      const beside = readSurroundings(connection, all());
      beside.catch(() => {}); // told where it is awaited
      const seen = await readLook(connection, all(), where);
      const unknown = await readUnknown(seen);
      const apply = (table: TableShape) => {
        const id = idOf(table);
        if (unknown.includes(id))
          return [...refill(table, copies.find(scope, id)), `DELETE FROM ${imageTable(log, table)} WHERE ${where(SEQ)}`];
        return rewindStatements(
          log,
          table,
          { where: bounded(where, table, seen), isSpotted: span?.isSpotted ?? false },
          seen.dirty.get(table.rel)?.central,
        );
      };
      const applied = connection.batch([
        ...tablesOf(seen).flatMap(apply),
        ...(seen.dirty.size > 0 ? [`DELETE FROM ${quoteName(log)}.log WHERE ${where('seq')}`] : []),
      ]);
      const [tried, told] = await Promise.allSettled([applied, beside]);
      if (told.status === 'rejected') throw told.reason;
      const around = told.value;
      const stale = staleOf(around.sessions);
      if (stale.length > 0) return { sessions: stale };
      const lost = unknown.filter((id) => copies.find(scope, id) === undefined);
      if (lost.length > 0) await connection.query('ROLLBACK');
      if (lost.length > 0) return { value: { seen, around, redo: { kind: 'marked', reasons: lost.map(tooLarge) } } };
      if (bare !== undefined || around.counters.definitions !== known.definitions)
        return { value: { seen, around, redo: await restore(scope, where, seen, unknown) } };
      if (tried.status === 'rejected') throw tried.reason;
      await connection.query('COMMIT');
      return { value: { seen, around } };
    });
    const { seen, around, redo } = value;
    if (redo?.kind === 'marked') return { value: redo, leaks };
    const accounts = around.counters.accounts !== known.accounts;
    timeline.forget(scope, seen.newest);
    timeline.relabel(next);
    const now = redo ? await readSurroundings(connection, all()) : around;
    known = { definitions: redo ? (await readCounters()).definitions : known.definitions, accounts: around.counters.accounts };
    if (autoIncrement) idle = setNumbers(baselines.of(scope), now);
    baselines.dropBelow(scope);
    if (scope !== 'test') copies.drop(scope === 'run' ? 'file' : 'test', 'all');
    const changed = redo ? redo.changed : seen.dirty.size;
    const how = redo ? 'restore' : changed > 0 ? 'rewind' : 'none';
    return { value: { kind: 'done', how, changed, accounts, written: seen.dirty }, leaks };
  };
  /** Each table costs an ALTER TABLE: done while the runner turns to the next test, and awaited before that begins. */
  const setNumbers = async (before: Baseline, now: Surroundings): Promise<void> => {
    const counted = await setNumbersBack(connection, before, now, all()).catch(() => Number.NaN); // a convenience
    if (Number.isNaN(counted)) known = { ...(await readCounters()), accounts: known.accounts };
    else known = { ...known, definitions: known.definitions + counted };
  };
  const tablesOf = ({ dirty }: Look) => [...dirty.keys()].flatMap((rel) => byRel.get(rel) ?? []);

  /** Tables whose log does not tell all. */
  const readUnknown = async (seen: Look): Promise<readonly string[]> => {
    const suspects = tablesOf(seen).filter(
      ({ key, rel }) => key.length === 0 && seen.dirty.get(rel)?.central.some(({ op }) => op === 'c'),
    );
    const found = await connection.batch(
      suspects.map((table) => `SELECT 1 FROM ${quoteName(log)}.i${table.rel} WHERE ${OP} = 'x' LIMIT 1`),
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
      onBare: setBare,
      lookAgain: async () => {
        const again = await readLook(connection, all(), where);
        return { dirty: [...again.dirty.keys()], unknown: await readUnknown(again) };
      },
    });
    if (outcome.kind === 'done') {
      if (bare) await reinstall();
      baselines.setFrom(scope, { definitions: await readDefinitions(connection, databases) });
    }
    return outcome;
  };
  return {
    connection,
    log,
    timeline,
    tables: () => installed.tables,
    look,
    switchTo,
    undo,
    settle: async () => void (await idle),
  };
}

function idOf({ database, name }: TableShape): string {
  return tableId(database, name);
}

/** Tables without transactions may be written to at any moment: later events stay for the next time. */
function bounded(where: (column: string) => string, table: TableShape, { dirty }: Look): (column: string) => string {
  return table.isTransactional ? where : (column) => `${where(column)} AND ${column} <= ${dirty.get(table.rel)?.newest}`;
}

const SYSTEM = ['information_schema', 'mysql', 'performance_schema', 'sys'];

async function readDatabases(connection: RewindConnection, log: string): Promise<readonly string[]> {
  const rows = await connection.query('SELECT SCHEMA_NAME AS db FROM information_schema.SCHEMATA ORDER BY 1');
  return rows.map(({ db }) => String(db)).filter((db) => !SYSTEM.includes(db) && db !== log);
}
