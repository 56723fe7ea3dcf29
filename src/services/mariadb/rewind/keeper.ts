import type { Change, Leak, ResetReport, Scope, StateKeeper } from '../../../core/reset.ts';
import { SeatrialError } from '../../../errors.ts';
import { readChanges } from './changes.ts';
import type { Calm, Rewinder, UndoOutcome } from './rewinder.ts';
import { depth } from './timeline.ts';

/** Drives the rewinder by scopes. Between tests, what is written belongs to the file; so a new keeper is in scope `run`, and after a test in `file`. */
export function createRewindKeeper(rewinder: Rewinder, end: () => Promise<void>): StateKeeper {
  const { timeline } = rewinder;
  /** After a test: the span is labelled as the test's until we know whose it was. */
  let isBetween = false;

  const toReport = ({ value, leaks }: Calm<UndoOutcome>, startedAt: number): ResetReport => {
    if (value.kind === 'marked') throw cannotUndo(value.reasons);
    const all = value.accounts ? [...leaks, ACCOUNTS_CHANGED] : leaks;
    return { how: value.how, ms: performance.now() - startedAt, changed: value.changed, leaks: all };
  };
  const undoLate = async (): Promise<ResetReport | undefined> => {
    const startedAt = performance.now();
    const undone = await rewinder.undo('test', 'test');
    const report = toReport(undone, startedAt);
    if (report.how === 'none' && report.leaks.length === 0) return undefined;
    const names = new Map(rewinder.tables().map(({ rel, name }) => [rel, name]));
    const written = undone.value.kind === 'done' ? [...undone.value.written] : [];
    const parts = written.map(([rel, { rows }]) => `${names.get(rel)} (${rows} ${rows === 1 ? 'row' : 'rows'})`);
    if (report.how === 'restore') parts.push('definitions');
    const told: readonly Leak[] =
      parts.length > 0 ? [{ kind: 'write', text: `came after the test had ended: ${parts.join(', ')}` }] : [];
    return { ...report, leaks: [...told, ...report.leaks] };
  };
  const leaksOf = async (scope: Scope): Promise<readonly Leak[]> => (await rewinder.switchTo(scope)).leaks;

  return {
    enter: async (scope, between) => {
      const startedAt = performance.now();
      const ahead = await rewinder.settle();
      if (scope === timeline.active && !isBetween && ahead.length === 0) return undefined;
      const late = isBetween && between === 'undo' ? await undoLate() : undefined;
      if (isBetween && between === 'keep') timeline.relabel('file');
      isBetween = false;
      const leaks = [...ahead, ...(scope === timeline.active ? [] : await leaksOf(scope))];
      if (leaks.length === 0) return late;
      return { how: 'none', changed: 0, ms: performance.now() - startedAt, ...late, leaks: [...(late?.leaks ?? []), ...leaks] };
    },
    leave: async (scope) => {
      const startedAt = performance.now();
      const hasTest = timeline.undone('test') !== undefined;
      // A late fixture that nobody has ended; or no test at all: what was written is of a wider scope, and stays.
      const early = depth(timeline.active) < depth(scope) ? await leaksOf(scope) : [];
      const isNothing = scope === 'test' && !hasTest;
      const none = { how: 'none', ms: performance.now() - startedAt, changed: 0, leaks: [] };
      const report = isNothing ? none : toReport(await rewinder.undo(scope, scope === 'test' ? 'test' : 'run'), startedAt);
      isBetween = scope === 'test';
      return early.length === 0 ? report : { ...report, leaks: [...early, ...report.leaks] };
    },
    diff: async () => {
      const { value } = await rewinder.look();
      const { connection, log } = rewinder;
      const where = (column: string) => `${column} >= ${timeline.start}`;
      const changes: Change[] = [];
      const databases = new Set(rewinder.tables().map(({ database }) => database));
      for (const table of rewinder.tables().filter(({ rel }) => value.dirty.has(rel))) {
        const name = databases.size > 1 ? `${table.database}.${table.name}` : table.name;
        changes.push(...(await readChanges({ connection, log, table, where, name })));
      }
      return changes;
    },
    [Symbol.asyncDispose]: async () => {
      await rewinder.settle().catch(() => {});
      await end();
    },
  };
}

const ACCOUNTS_CHANGED: Leak = {
  kind: 'server',
  text: 'users or their rights were changed: these belong to the server, and stay',
};

function cannotUndo(reasons: readonly string[]): SeatrialError {
  return new SeatrialError('SEATRIAL_RESET_FAILED', `the undo log can't take this back: ${reasons.join(', ')}`, {
    hint: 'let tests leave these as they are, or use `--isolation worker`, where nothing is taken back',
    details: { reasons: [...reasons] },
  });
}
