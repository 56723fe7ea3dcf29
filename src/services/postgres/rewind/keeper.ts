import { type Between, joinReports, type Leak, type ResetReport, type Scope, type StateKeeper } from '../../../core/reset.ts';
import { SeatrialError } from '../../../errors.ts';
import { readChanges } from './diff.ts';
import { coverTables } from './install.ts';
import { lateWrites } from './late-writes.ts';
import { type OpenTransaction, toLeak } from './open-transactions.ts';
import { CRASHED, type Restored, type Restorer } from './restorer.ts';
import type { Look, Rewinder, RewindOutcome } from './rewinder.ts';

export type RewindKeeper = StateKeeper & Required<Pick<StateKeeper, 'again' | 'renew'>>;

/** The depths of nested.sql, with room between them. */
const DEPTH = { run: 10, file: 20, test: 30 } as const;

/**
 * Drives the rewinder by scopes. What scope `run` writes becomes part of the checkpoint, since it lives as long as the lease; so as long as no
 * file has written anything outside its tests there is one depth, and the fast way back. Depths begin when writes of two scopes live at once.
 */
export function createRewindKeeper(rewinder: Rewinder, restorer?: Restorer): RewindKeeper {
  let active: Scope = 'run';
  let testIsOpen = false;
  let isNested = false;
  /** The file has changed definitions outside its tests. */
  let fileHasDefinitions = false;
  /** The test had changed definitions when a wide fixture began in it: whose they are can't be told any more. */
  let testHasDefinitions = false;
  /** Nothing has become part of the checkpoint, and nothing was restored, since the keeper was opened. */
  let isAsMade = true;
  /** The server's clock when the present test began, or went on after a late fixture. */
  let since: string | undefined;
  /** The server's clock when all was undone by the log alone, and nothing has been asked since. */
  let undoneAt: string | undefined;

  /** Whose the writes are that the log holds beyond those of depths that have ended: after a test, the file's. */
  const writer = (): Scope => (active === 'test' && !testIsOpen ? 'file' : active);
  /** Only numbers were taken: by somebody who has not committed yet, perhaps. Nobody is ended for that. */
  const isWritten = async ({ logged, moved }: Look) => logged || (moved && !(await rewinder.isBusy()));

  /** The log has writes of `writer()` only, or none; from now on writes are those of `next`. */
  const enterFlat = async (next: Scope, look: Look): Promise<readonly OpenTransaction[]> => {
    const owner = writer();
    if (owner === next || !(await isWritten(look))) return [];
    if (owner === 'run') {
      isAsMade = false;
      return rewinder.step('fold()');
    }
    await rewinder.step(`nest(${DEPTH[owner]}, '{${DEPTH.file},${DEPTH.test}}')`);
    isNested = true;
    return rewinder.step(next === 'test' && !testIsOpen ? `push(${DEPTH.test})` : `switch(${DEPTH[next]})`);
  };
  const enterNested = async (next: Scope, look: Look): Promise<readonly OpenTransaction[]> => {
    if (active === 'test' && !testIsOpen) {
      if (await isWritten(look)) {
        await rewinder.step(`relabel(${DEPTH.test}, ${DEPTH.file})`);
        active = 'file';
      } else if (next === 'test') return []; // still in the depth that the test before has left clean
    }
    if (active === next) return [];
    const leaks = active === 'run' || next !== 'test' || testIsOpen ? await rewinder.step(`switch(${DEPTH[next]})`) : [];
    return next !== 'test' || testIsOpen ? leaks : [...leaks, ...(await rewinder.step(`push(${DEPTH.test})`))];
  };

  /** Definitions that a wider scope has changed outside tests are its own: capture follows them, and the baseline too. */
  const adoptDefinitions = async (owner: 'run' | 'file') => {
    isAsMade = false;
    await coverTables(rewinder.connection);
    await restorer?.baseline(rewinder.connection, owner);
    if (owner === 'file') fileHasDefinitions = true;
    else if (fileHasDefinitions) await restorer?.baseline(rewinder.connection, 'file');
  };
  const restore = async (outcome: Exclude<RewindOutcome, { kind: 'done' }>, scope: 'run' | 'file'): Promise<Restored> => {
    isAsMade = false;
    const mustExchange = outcome.kind === 'failed' || outcome.reasons.includes(CRASHED);
    const restored = await (mustExchange
      ? restorer?.exchange?.(rewinder.connection, outcome.reasons)
      : restorer?.restore(rewinder.connection, scope, outcome.reasons));
    if (restored === undefined) throw cannotUndo(outcome.reasons);
    if (restored.isDone) {
      isNested = false;
      fileHasDefinitions = false;
    } else await rewinder.connection.query('SELECT seatrial.forget_gone()');
    return restored;
  };
  /** Undoes, with the restorer's help where the log is not enough. */
  const goBack = async (undo: () => Promise<RewindOutcome>, scope: 'run' | 'file', startedAt: number): Promise<ResetReport> => {
    const leaks: Leak[] = [];
    let restored: Restored | undefined;
    for (let tries = 0; ; tries++) {
      const outcome = await undo();
      leaks.push(...outcome.leaks.map(toLeak));
      const ms = () => performance.now() - startedAt;
      if (outcome.kind === 'done') {
        if (!restored) undoneAt = outcome.now;
        if (restored) rewinder.whenIdle(async () => restorer?.tidy?.(rewinder.connection));
        const changed = outcome.dirtyTables + (restored?.changed ?? 0);
        const how = restored?.how ?? (changed > 0 ? 'rewind' : 'none');
        return { how, ms: ms(), changed, leaks, ...extras(restored) };
      }
      if (tries === 2) throw cannotUndo(outcome.reasons);
      restored = await restore(tries === 0 ? outcome : { ...outcome, kind: 'failed' }, scope);
      if (restored.isDone) return { how: restored.how, ms: ms(), changed: restored.changed, leaks, ...extras(restored) };
    }
  };
  const undoTest = (from?: string) => (isNested ? rewinder.rewindTo(DEPTH.test, DEPTH.test, from) : rewinder.rewind(from));
  const definitions = () => (fileHasDefinitions ? 'file' : 'run');
  const undoLate = async (): Promise<ResetReport> => {
    const written = await lateWrites(rewinder.connection, isNested ? DEPTH.test : undefined);
    const report = await goBack(undoTest, definitions(), performance.now());
    return { ...report, leaks: [...written, ...report.leaks] };
  };

  const enter = async (next: Scope, between: Between): Promise<ResetReport | undefined> => {
    if (next === active && (next !== 'test' || testIsOpen)) return undefined;
    if (next === 'run') isAsMade = false; // what it will write stays
    let look = await rewinder.look();
    let report: ResetReport | undefined;
    if (active === 'test' && !testIsOpen && between === 'undo' && (look.marked || (await isWritten(look)))) {
      const undone = await undoLate();
      if (undone.changed > 0 || undone.leaks.length > 0) report = undone;
      look = { ...look, logged: false, moved: false, marked: false };
    }
    if (look.marked && (await rewinder.marks()).includes(CRASHED)) {
      const startedAt = performance.now();
      const restored = await restore({ kind: 'failed', reasons: [CRASHED], leaks: [] }, 'run');
      report = {
        how: restored.how,
        changed: restored.changed,
        leaks: [],
        ...extras(restored),
        ms: performance.now() - startedAt,
      };
      look = { ...look, logged: false, moved: false, marked: false };
    }
    const owner = writer();
    if (owner === 'test') testHasDefinitions = look.marked;
    else if (look.marked && !testHasDefinitions) {
      await adoptDefinitions(owner);
      look = { ...look, logged: true }; // the checkpoint moves too
    }
    const startedAt = performance.now();
    const ended = isNested ? await enterNested(next, look) : await enterFlat(next, look);
    active = next;
    if (next === 'test') since = look.now; // also after a late fixture, whose transaction may stay open
    if (next === 'test' && !testIsOpen) {
      testIsOpen = true;
      testHasDefinitions = false;
    }
    return ended.length > 0 ? withLeaks(report, ended.map(toLeak), startedAt) : report;
  };

  const leaveTest = async (startedAt: number): Promise<ResetReport> => {
    if (active !== 'test') {
      const hadTest = testIsOpen;
      await enter('test', 'keep'); // a late fixture that nobody has ended; without a test, what was written is of a wider scope and stays
      testIsOpen = false;
      if (!hadTest) return { how: 'none', ms: performance.now() - startedAt, changed: 0, leaks: [] };
    }
    const from = testIsOpen ? since : undefined;
    testIsOpen = false;
    testHasDefinitions = false;
    return goBack(() => undoTest(from), definitions(), startedAt);
  };
  const again = async (): Promise<ResetReport> => {
    undoneAt = undefined;
    const report = await leaveTest(performance.now());
    if (undoneAt === undefined || active !== 'test') {
      return joinReports(report, await enter('test', 'undo'));
    }
    testIsOpen = true;
    since = undoneAt;
    return report;
  };
  const leaveFile = async (startedAt: number): Promise<ResetReport> => {
    testIsOpen = false;
    testHasDefinitions = false;
    let restored: Restored | undefined;
    if (fileHasDefinitions) {
      restored = await restore({ kind: 'marked', reasons: ['definitions of the file'], leaks: [] }, 'run');
      fileHasDefinitions = false;
    }
    const isFlatRun = !isNested && active === 'run';
    const report = isFlatRun
      ? { how: 'none', ms: performance.now() - startedAt, changed: 0, leaks: [] }
      : await goBack(() => (isNested ? rewinder.rewindTo(DEPTH.file, DEPTH.run) : rewinder.rewind()), 'run', startedAt);
    if (isNested) await rewinder.step('fold()');
    isNested = false;
    active = 'run';
    return restored && report.fallback === undefined
      ? { ...report, ...extras(restored), how: restored.how, changed: report.changed + restored.changed }
      : report;
  };

  return {
    enter,
    again,
    renew: async () => {
      if (!isAsMade) return false;
      await leaveFile(performance.now());
      const { logged, moved, marked } = await rewinder.look();
      return isAsMade && !logged && !moved && !marked;
    },
    diff: () => rewinder.surely(() => readChanges(rewinder.connection, isNested ? DEPTH[active] : undefined)),
    leave: (scope) => (scope === 'test' ? leaveTest : leaveFile)(performance.now()),
    [Symbol.asyncDispose]: () => rewinder[Symbol.asyncDispose](),
  };
}

function extras(restored: Restored | undefined): Pick<ResetReport, 'fallback' | 'disconnected'> {
  return {
    ...(restored?.fallback === undefined ? {} : { fallback: restored.fallback }),
    ...(restored?.disconnected ? { disconnected: true } : {}),
  };
}

function withLeaks(report: ResetReport | undefined, leaks: readonly Leak[], startedAt: number): ResetReport {
  if (report) return { ...report, leaks: [...report.leaks, ...leaks] };
  return { how: 'none', ms: performance.now() - startedAt, changed: 0, leaks };
}

function cannotUndo(reasons: readonly string[]): SeatrialError {
  return new SeatrialError('SEATRIAL_RESET_FAILED', `the undo log can't take this back: ${reasons.join(', ')}`, {
    hint: 'let tests leave the definitions as they are, or use `--isolation database`',
    details: { reasons: [...reasons] },
  });
}
