import type { Leak, ResetReport, StateKeeper } from '../../../core/reset.ts';
import { createScopeLevels } from '../../../core/scope-levels.ts';
import type { BrokerStore, Changes } from './broker-store.ts';
import { type Level, patch } from './level.ts';

const NAMED_IN_LEAK = 5;

export async function createKeeper(store: BrokerStore, close: () => void): Promise<StateKeeper> {
  const levels = createScopeLevels(await store.capture(), patch);
  let owed: Level | undefined; // what a reset that failed was to go back to

  const absorb = async () => levels.absorb(await store.capture());
  const undoLate = async ({ topics }: Changes): Promise<ResetReport> => {
    const startedAt = performance.now();
    const done = await store.restore(levels.present);
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
        if (levels.left && between === 'undo' && !changes.harmless) report = await undoLate(changes);
        else await absorb();
      }
      levels.begin(scope);
      return report;
    },
    async leave(scope) {
      const startedAt = performance.now();
      if (levels.isOfWider(scope)) await absorb();
      const before = levels.present;
      const to = levels.leave(scope);
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
