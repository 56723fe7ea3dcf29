import type { StateKeeper } from '../../../core/reset.ts';
import type { ServerWatch } from './server-watch.ts';

/** Reports beside what a keeper undoes: what tests change beyond their database, and, once, what of the database is not covered. */
export function createWatchedKeeper(
  keeper: StateKeeper,
  { watch, notes }: { readonly watch: ServerWatch | undefined; readonly notes: readonly string[] },
): StateKeeper {
  let untold = notes;
  return {
    ...keeper,
    enter: async (scope, between) => {
      const report = await keeper.enter(scope, between);
      if (scope === 'test') await watch?.changes(); // what fixtures did is meant
      return report;
    },
    leave: async (scope) => {
      const report = await keeper.leave(scope);
      if (scope !== 'test') return report;
      const leaks = [...report.leaks, ...((await watch?.changes()) ?? [])];
      const fallback = [report.fallback, ...untold].filter((text) => text !== undefined).join('; ');
      untold = [];
      return { ...report, leaks, ...(fallback ? { fallback } : {}) };
    },
  };
}
