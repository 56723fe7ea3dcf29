import { type Leak, SCOPES, type Scope } from '../../../core/reset.ts';
import { quoteName } from '../identifier.ts';
import { createBaselines, withNumbersOf } from './baseline.ts';
import { type Patience, whenCalm } from './calm.ts';
import { compound, type RewindConnection } from './connection.ts';
import { createCopies } from './copies.ts';
import { type Counters, createForeignCounters, READ_COUNTERS } from './counters.ts';
import { compareDefinitions, isSame, readDefinitions } from './definitions.ts';
import { OP } from './image.ts';
import { createInstallation, idOf, readDatabases } from './installation.ts';
import { createLogCleaner } from './log-cleaner.ts';
import { type Look, type LookOptions, readEndedLook, readLook, readSurroundings, type Surroundings } from './look.ts';
import { createNumberKeeper, readNumbers } from './numbers.ts';
import { watchStale } from './open-transactions.ts';
import { findDiffering, type RestoreOutcome, restoreDefinitions, tooLarge } from './restore.ts';
import type { TableShape } from './table-shape.ts';
import { createTimeline, depth, type Timeline } from './timeline.ts';
import { undoStatements } from './undo-statements.ts';

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
  /** What is done in the background has ended: numbers are set back. Tells those that are not. */
  settle(): Promise<readonly Leak[]>;
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
  const counters = await createForeignCounters(connection);
  const readCounters = async () => counters.of(await connection.query(READ_COUNTERS));
  /** So many statements of others on definitions and accounts are known. */
  let known: Counters = await readCounters();
  const timeline = createTimeline();
  const copies = createCopies(log);
  const ground = { connection, log, databases, patienceMs: options.patienceMs ?? 500 };
  const installation = await createInstallation(ground);
  for (const line of installation.uncovered) options.onUncovered?.(line);
  const patience: Patience = {
    ...ground,
    names: () => new Map([...installation.byRel()].map(([rel, { name }]) => [rel, name])),
  };
  await copies.take(connection, 'run', installation.tables());
  const all = (): LookOptions => ({ log, tables: installation.tables(), sequences: installation.sequences() });
  const cleaner = createLogCleaner(patience);
  const numbers = createNumberKeeper(patience, { look: all, recount: counters.recount, first: cleaner.soon });
  const idle = async () => {
    await numbers.idle();
    await cleaner.finish();
  };
  const baselines = createBaselines({
    definitions: await readDefinitions(connection, databases),
    ...(await whenCalm(patience, async () => ({ value: numbers.toBaseline(await readNumbers(connection, all())) }))).value,
  });
  await counters.recount();
  /** For whatever is counted as a change of definitions: wherever it ends, its own part is known afterwards. */
  const counted = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } finally {
      await counters.recount();
    }
  };
  /** The narrowest scope that was entered, and not left: narrower than the active one where a fixture runs late. */
  let deepest: Scope = 'run';
  const sinceStart = (column: string) => `${column} >= ${timeline.start}`;
  const tablesOf = ({ dirty }: Look) => [...dirty.keys()].flatMap((rel) => installation.byRel().get(rel) ?? []);
  const isRedefined = (around: Surroundings) => installation.isBare() || around.counters.definitions !== known.definitions;

  const look = async () => {
    await idle();
    return whenCalm(patience, async () => ({ value: await readEndedLook(connection, all(), sinceStart) }));
  };

  const switchTo = async (scope: Scope): Promise<Calm<Look>> => {
    const leaks: Leak[] = [];
    const calmly = async <T>(attempt: Parameters<typeof whenCalm<T>>[1]): Promise<T> => {
      const { value, leaks: told } = await whenCalm(patience, attempt);
      leaks.push(...told);
      return value;
    };
    await idle();
    const staleOf = watchStale();
    const isDeeper = depth(scope) > depth(timeline.active);
    /** The widest scope whose baseline changes. */
    const first = isDeeper ? (SCOPES[depth(timeline.active) + 1] ?? scope) : scope;
    if (!isDeeper && depth(timeline.active) > depth(deepest)) deepest = timeline.active;
    const { seen, around, next } = await calmly(async () => {
      const [seen, around, next] = await Promise.all([
        readEndedLook(connection, all(), sinceStart),
        readSurroundings(connection, counters),
        isDeeper ? readNumbers(connection, all()) : undefined,
      ]);
      const stale = isDeeper ? [] : staleOf(around.sessions);
      return stale.length > 0 ? { sessions: stale } : { value: { seen, around, next } };
    });
    const before = timeline.active;
    timeline.switchTo(scope, seen.now);
    const dirty = tablesOf(seen);
    if (next) {
      const now = numbers.toBaseline(next);
      // After a late fixture the narrower scopes go on: what it has written to is part of their baselines from now on.
      if (depth(first) <= depth(deepest))
        baselines.amendFrom(first, (before) => ({ ...now, numbers: withNumbersOf(dirty, before.numbers, now.numbers) }));
      for (const each of SCOPES.slice(0, depth(scope) + 1)) if (depth(each) > depth(deepest)) baselines.set(each, now);
      if (depth(scope) > depth(deepest)) deepest = scope;
    }
    if (isRedefined(around)) await calmly(() => counted(async () => ({ value: await follow(first, isDeeper ? first : 'all') })));
    /** What the scope that was active has written is part of how narrower ones begin. */
    const below = SCOPES[depth(before) + 1];
    const unsaved = below ? copies.unsaved(seen, tablesOf(seen)) : [];
    if (below && unsaved.length > 0)
      await calmly(() => counted(async () => ({ value: await copies.take(connection, below, unsaved) })));
    copies.mark(seen, unsaved);
    known = { ...known, definitions: around.counters.definitions };
    return { value: seen, leaks };
  };
  /** Definitions were changed outside a test: they are part of the baseline of this scope. */
  const follow = async (scope: Scope, narrowest: Scope | 'all'): Promise<void> => {
    const difference = compareDefinitions(baselines.of(scope).definitions, await readDefinitions(connection, databases));
    const named = new Set([...difference.tables, ...difference.emptied]);
    // The checksum of a table has its virtual columns in it, of any value.
    const isComparable = ({ columns }: TableShape) => !columns.some(({ isGenerated }) => isGenerated);
    const others = installation.tables().filter((table) => !named.has(idOf(table)) && isComparable(table));
    const differing = await findDiffering(connection, others, (id) => copies.find(scope, id));
    if (isSame(difference) && differing.length === 0 && !installation.isBare()) return;
    const changed = new Set([...named, ...differing.map(idOf)]);
    installation.setBare(changed);
    await installation.reinstall(narrowest);
    await installation.restartSequences();
    const now = numbers.toBaseline(await readNumbers(connection, all()));
    const tables = installation.tables().filter((table) => changed.has(idOf(table)));
    await copies.take(connection, scope, tables);
    const definitions = await readDefinitions(connection, databases);
    baselines.amendFrom(scope, (before) => ({
      ...now,
      definitions,
      numbers: withNumbersOf(tables, before.numbers, now.numbers),
    }));
  };

  const undo = async (scope: Scope, next: Scope): Promise<Calm<UndoOutcome>> => {
    await idle();
    const span = timeline.undone(scope);
    const where = span ? span.where : () => 'FALSE';
    const isSpotted = span?.isSpotted ?? false;
    const find = (id: string) => copies.find(scope, id);
    const staleOf = watchStale();
    const { value, leaks } = await whenCalm<Undone>(patience, async () => {
      const looking = readLook(connection, all(), where);
      const beside = readSurroundings(connection, counters).then((around) => ({
        around,
        stale: staleOf(around.sessions),
        isRedefined: isRedefined(around) || baselines.isOutdated(scope),
      }));
      let soFar: Awaited<typeof beside> | undefined;
      beside.then(
        (told) => {
          soFar = told;
        },
        () => {}, // told where it is awaited
      );
      const seen = await looking;
      const unknown = await readUnknown(scope, seen);
      const lost = unknown.filter((id) => find(id) === undefined);
      // One round trip less, where all is known by now.
      const isSafe = soFar?.stale.length === 0 && !soFar.isRedefined && lost.length === 0;
      const tables = installation.tables();
      const { now, later } = undoStatements({ log, tables, seen, unknown, find, where, isSpotted });
      const applied = connection.batch(compound([...now, ...(isSafe ? ['COMMIT'] : [])]));
      const [tried, told] = await Promise.allSettled([applied, beside]);
      if (told.status === 'rejected') throw told.reason;
      const { around, stale, isRedefined: isOther } = told.value;
      if (stale.length > 0) return { sessions: stale };
      if (lost.length > 0) await connection.query('ROLLBACK');
      if (lost.length > 0) return { value: { seen, around, redo: { kind: 'marked', reasons: lost.map(tooLarge) } } };
      if (isOther) return { value: { seen, around, redo: await counted(() => restore(scope, where, seen, unknown)) } };
      if (tried.status === 'rejected') throw tried.reason;
      if (!isSafe) await connection.query('COMMIT');
      cleaner.add(later);
      return { value: { seen, around } };
    });
    const { seen, around, redo } = value;
    if (redo?.kind === 'marked') return { value: redo, leaks };
    const accounts = around.counters.accounts !== known.accounts;
    timeline.forget(scope, seen.newest);
    installation.forget(scope);
    timeline.relabel(next);
    deepest = SCOPES[depth(scope) - 1] ?? 'run';
    known = around.counters;
    const ended = autoIncrement ? await numbers.setBack(baselines.of(scope), around.sessions.length > 0) : [];
    baselines.dropBelow(scope);
    if (scope !== 'test') copies.drop(scope === 'run' ? 'file' : 'test', 'all');
    const changed = redo ? redo.changed : seen.dirty.size;
    const how = redo ? 'restore' : changed > 0 ? 'rewind' : 'none';
    return { value: { kind: 'done', how, changed, accounts, written: seen.dirty }, leaks: [...leaks, ...ended] };
  };

  /** Tables whose log does not tell all. */
  const readUnknown = async (scope: Scope, seen: Look): Promise<readonly string[]> => {
    const lost = installation.lostTo(scope);
    const suspects = tablesOf(seen).filter(
      ({ key, rel }) => key.length === 0 && seen.dirty.get(rel)?.central.some(({ op }) => op === 'c'),
    );
    const found = await connection.batch(
      suspects.map((table) => `SELECT 1 FROM ${quoteName(log)}.i${table.rel} WHERE ${OP} = 'x' LIMIT 1`),
    );
    const { tables } = baselines.of(scope).definitions;
    const ids = [...lost, ...suspects.filter((_, i) => (found[i]?.length ?? 0) > 0)].map(idOf);
    return [...new Set(ids)].filter((id) => tables.has(id)); // others will be dropped
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
      isCovered: installation.isCovered,
      readTables: installation.readTables,
      dirty: [...seen.dirty.keys()],
      where,
      isSpotted: timeline.undone(scope)?.isSpotted ?? false,
      unknown,
      baseline: baselines.of(scope).definitions,
      find: (id) => copies.find(scope, id),
      onBare: installation.setBare,
      lookAgain: async () => {
        const again = await readLook(connection, all(), where);
        return { dirty: [...again.dirty.keys()], unknown: await readUnknown(scope, again) };
      },
    });
    if (outcome.kind === 'done') {
      if (installation.isBare()) await installation.reinstall(scope);
      const definitions = await readDefinitions(connection, databases);
      baselines.amendFrom(scope, () => ({ definitions }));
    }
    return outcome;
  };
  return {
    connection,
    log,
    timeline,
    tables: installation.tables,
    look,
    switchTo,
    undo,
    settle: numbers.settle,
  };
}
