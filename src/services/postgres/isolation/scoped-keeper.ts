import type { Leak, ResetReport, Scope, StateKeeper } from '../../../core/reset.ts';

/** How one isolation keeps what fixtures have left and undoes what a test has. */
export interface ScopedSteps extends AsyncDisposable {
  /** Called first whenever something is asked: connects again where that is needed. Answers the server's clock. */
  ready(): Promise<string>;
  /** What was written since the last step belongs to a fixture of this scope. */
  adopt(owner: 'run' | 'file'): Promise<ResetReport | undefined>;
  /** Undoes what was written since the last step. Transactions older than `since` are of wider fixtures. */
  undo(since: string | undefined): Promise<ResetReport>;
  /** Undoes what was adopted for the file, and what was written since. */
  leaveFile(since: string | undefined): Promise<ResetReport>;
}

/**
 * Drives isolations that know only that something was written, not what. So when a wide fixture begins in the middle of a test its writes can't be
 * told from the test's: they go with it, and that is reported.
 */
export function createScopedKeeper(steps: ScopedSteps): StateKeeper {
  let active: Scope = 'run';
  let testIsOpen = false;
  let isMixed = false;
  let since: string | undefined;

  const owner = (): 'run' | 'file' => (active === 'run' ? 'run' : 'file');
  const undoLate = async () => {
    const done = await steps.undo(undefined);
    if (done.how === 'none' && done.leaks.length === 0) return undefined;
    const late: Leak[] = done.how === 'none' ? [] : [{ kind: 'write', text: 'something was written after the test had ended' }];
    return { ...done, leaks: [...done.leaks, ...late] };
  };

  return {
    async enter(scope, between) {
      const now = await steps.ready();
      let entered: ResetReport | undefined;
      if (testIsOpen) isMixed ||= scope !== 'test';
      else if (scope === 'test' && active === 'test' && between === 'undo') entered = await undoLate();
      else if (active !== scope || active === 'test') entered = await steps.adopt(owner());
      active = scope;
      if (scope === 'test' && !testIsOpen) {
        testIsOpen = true;
        since = now;
      }
      return entered;
    },
    async leave(scope) {
      const startedAt = performance.now();
      await steps.ready();
      // Nothing that a test has done: it is a fixture's, and goes only with the fixture's scope.
      if (!testIsOpen && (scope === 'test' || active === 'run')) await steps.adopt(owner());
      const began = testIsOpen ? since : undefined;
      const fallback = testIsOpen && isMixed ? { fallback: MIXED } : {};
      testIsOpen = false;
      isMixed = false;
      active = scope === 'test' ? 'test' : 'run';
      const done = scope === 'test' ? await steps.undo(began) : await steps.leaveFile(began);
      return { ...done, ms: performance.now() - startedAt, ...(done.how === 'none' ? {} : fallback) };
    },
    [Symbol.asyncDispose]: () => steps[Symbol.asyncDispose](),
  };
}

const MIXED = 'a fixture wider than the test began while the test ran: what it wrote went with the test';

export function report(how: string, startedAt: number, changed: number, leaks: readonly Leak[]): ResetReport {
  return { how, ms: performance.now() - startedAt, changed, leaks };
}
