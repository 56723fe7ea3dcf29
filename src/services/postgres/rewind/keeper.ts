import type { Between, Leak, ResetReport, Scope, StateKeeper } from '../../../core/reset.ts';
import { SeatrialError } from '../../../errors.ts';
import { lateWrites } from './late-writes.ts';
import { type OpenTransaction, toLeak } from './open-transactions.ts';
import type { Restorer } from './restorer.ts';
import type { Look, Rewinder, RewindOutcome } from './rewinder.ts';

/** The depths of nested.sql, with room between them. */
const DEPTH = { run: 10, file: 20, test: 30 } as const;

/**
 * Drives the rewinder by scopes. What scope `run` writes becomes part of the checkpoint, since it lives as long as the lease; so as long as no
 * file has written anything outside its tests there is one depth, and the fast way back. Depths begin when writes of two scopes live at once.
 */
export function createRewindKeeper(rewinder: Rewinder, restorer?: Restorer): StateKeeper {
  let active: Scope = 'run';
  let testIsOpen = false;
  let isNested = false;
  /** The server's clock when the present test began. */
  let since: string | undefined;

  const step = (call: string) => rewinder.step(call);
  /** Whose the writes are that the log holds beyond those of depths that have ended: after a test, the file's. */
  const writer = (): Scope => (active === 'test' && !testIsOpen ? 'file' : active);
  const settleMarks = async () => {
    if (restorer === undefined) throw cannotUndo(['definitions were changed outside a test']);
    await restorer.baseline(rewinder.connection);
  };

  /** The log has writes of `writer()` only, or none; from now on writes are those of `next`. */
  const enterFlat = async (next: Scope, look: Look): Promise<readonly OpenTransaction[]> => {
    const owner = writer();
    if (owner === next || !(await isWritten(look))) return [];
    if (owner === 'run') return step('fold()');
    await step(`nest(${DEPTH[owner]}, '{${DEPTH.file},${DEPTH.test}}')`);
    isNested = true;
    return step(next === 'test' && !testIsOpen ? `push(${DEPTH.test})` : `switch(${DEPTH[next]})`);
  };
  /** Only numbers were taken: by somebody who has not committed yet, perhaps. Nobody is ended for that. */
  const isWritten = async ({ logged, moved }: Look) => logged || (moved && !(await rewinder.isBusy()));
  const enterNested = async (next: Scope, look: Look | undefined): Promise<readonly OpenTransaction[]> => {
    if (look && (await isWritten(look))) {
      await step(`relabel(${DEPTH.test}, ${DEPTH.file})`);
      active = 'file';
    } else if (look && next === 'test') return []; // still in the depth that the test before has left clean
    if (active === next) return [];
    const leaks = active === 'run' || next !== 'test' || testIsOpen ? await step(`switch(${DEPTH[next]})`) : [];
    return next !== 'test' || testIsOpen ? leaks : [...leaks, ...(await step(`push(${DEPTH.test})`))];
  };
  const undoLate = async (): Promise<ResetReport> => {
    const startedAt = performance.now();
    const written = await lateWrites(rewinder.connection, isNested ? DEPTH.test : undefined);
    const report = await toReport(isNested ? rewinder.rewindTo(DEPTH.test, DEPTH.test) : rewinder.rewind(), startedAt);
    return { ...report, leaks: [...written, ...report.leaks] };
  };
  const toReport = async (undone: Promise<RewindOutcome>, startedAt: number): Promise<ResetReport> => {
    const outcome = await undone;
    const leaks = outcome.leaks.map(toLeak);
    if (outcome.kind === 'done') {
      const how = outcome.dirtyTables > 0 ? 'rewind' : 'none';
      return { how, ms: performance.now() - startedAt, changed: outcome.dirtyTables, leaks };
    }
    if (restorer === undefined) throw cannotUndo(outcome.reasons);
    const restored = await restorer.restore(rewinder.connection, outcome.reasons);
    return { ...restored, ms: performance.now() - startedAt, changed: outcome.reasons.length, leaks };
  };

  const enter = async (next: Scope, between: Between): Promise<ResetReport | undefined> => {
    if (next === active && (next !== 'test' || testIsOpen)) return undefined;
    const isBetween = active === 'test' && !testIsOpen;
    const mustLook = !isNested || isBetween;
    let look = mustLook ? await rewinder.look() : undefined;
    let report: ResetReport | undefined;
    if (look && isBetween && between === 'undo' && (look.marked || (await isWritten(look)))) {
      const undone = await undoLate();
      if (undone.changed > 0 || undone.leaks.length > 0) report = undone;
      look = { ...look, logged: false, moved: false, marked: false };
    }
    if (look?.marked && writer() !== 'test') await settleMarks();
    const startedAt = performance.now();
    const ended = isNested ? await enterNested(next, look) : await enterFlat(next, look as Look);
    active = next;
    if (next === 'test' && !testIsOpen) {
      testIsOpen = true;
      since = look?.now;
    }
    return ended.length > 0 ? withLeaks(report, ended.map(toLeak), startedAt) : report;
  };

  return {
    enter,
    leave: async (scope) => {
      const startedAt = performance.now();
      const nothing = (): ResetReport => ({ how: 'none', ms: performance.now() - startedAt, changed: 0, leaks: [] });
      if (scope === 'test') {
        if (testIsOpen && active !== 'test') await enter('test', 'keep'); // a late fixture that nobody has ended
        if (active !== 'test') {
          // No test: what was written is of a wider scope and stays. From here on we are between tests.
          await enter('test', 'keep');
          testIsOpen = false;
          return nothing();
        }
        testIsOpen = false;
        return toReport(isNested ? rewinder.rewindTo(DEPTH.test, DEPTH.test, since) : rewinder.rewind(since), startedAt);
      }
      testIsOpen = false;
      if (!isNested && active === 'run') return nothing();
      const report = await toReport(isNested ? rewinder.rewindTo(DEPTH.file, DEPTH.run) : rewinder.rewind(), startedAt);
      if (isNested) await step('fold()');
      isNested = false;
      active = 'run';
      return report;
    },
    [Symbol.asyncDispose]: () => rewinder[Symbol.asyncDispose](),
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
