import type { Leak, ResetReport, Scope, StateKeeper } from '../../../core/reset.ts';
import type { BrokerStore, Changes } from './broker-store.ts';
import { type Level, patch } from './level.ts';

const NAMED_IN_LEAK = 5;

/**
 * The states to go back to, one for each scope that has begun. `present` is the last state that is known; what was written since belongs to
 * `owner`.
 */
export async function createKeeper(store: BrokerStore, close: () => void): Promise<StateKeeper> {
  const starts: { run: Level; file?: Level | undefined; test?: Level | undefined } = { run: await store.capture() };
  let present = starts.run;
  let owner: Scope = 'run';
  let left = false; // the last thing that happened was the end of a scope
  let explicit = false; // somebody has said whose the writes are
  let owed: Level | undefined; // what a reset that failed was to go back to

  /** What was written goes to its owner: narrower scopes that have begun start with it, too. */
  const absorb = async () => {
    const now = await store.capture();
    const narrower = owner === 'run' ? (['file', 'test'] as const) : owner === 'file' ? (['test'] as const) : [];
    for (const scope of narrower) {
      const start = starts[scope];
      if (start) starts[scope] = start === present ? now : patch(start, present, now);
    }
    present = now;
  };
  const undoLate = async ({ topics }: Changes): Promise<ResetReport> => {
    const startedAt = performance.now();
    const done = await store.restore(present);
    const more = topics.length > NAMED_IN_LEAK ? `, ${topics.length - NAMED_IN_LEAK} more` : '';
    const text = `written after the test had ended: topic ${topics.slice(0, NAMED_IN_LEAK).join(', ')}${more}`;
    const leak: Leak = { kind: 'write', text };
    return { ...done, ms: performance.now() - startedAt, changed: topics.length, leaks: [leak] };
  };

  return {
    async enter(scope, between) {
      let report: ResetReport | undefined;
      const changes = await store.changes();
      if (owed) {
        await store.restore(owed);
        owed = undefined;
      } else if (isChanged(changes)) {
        if (left && between === 'undo' && !changes.harmless) report = await undoLate(changes);
        else await absorb();
      }
      if (scope !== 'run') starts.file ??= present;
      if (scope === 'test') starts.test ??= present;
      owner = scope;
      left = false;
      explicit = true;
      return report;
    },
    async leave(scope) {
      const startedAt = performance.now();
      const target = starts[scope];
      if (!target && !left && explicit && scope !== owner) await absorb(); // nothing of that scope has begun: all is of a wider one
      const to = target ?? present;
      if (scope !== 'test') starts.file = undefined;
      starts.test = undefined;
      const before = present;
      present = to;
      owner = scope === 'test' ? 'file' : 'run';
      left = true;
      const failed = owed;
      owed = to;
      const changes = await store.changes();
      const done = isChanged(changes) || to !== before || failed ? await store.restore(to) : { how: 'none' };
      owed = undefined;
      return { ...done, ms: performance.now() - startedAt, changed: changes.topics.length + changes.groups.length, leaks: [] };
    },
    [Symbol.asyncDispose]: async () => close(),
  };
}

function isChanged({ topics, groups }: Changes): boolean {
  return topics.length + groups.length > 0;
}
