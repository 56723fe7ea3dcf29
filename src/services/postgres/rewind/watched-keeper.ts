import type { StateKeeper } from '../../../core/reset.ts';
import type { ServerWatch } from './server-watch.ts';

interface WatchOptions {
  readonly watch: ServerWatch | undefined;
  readonly notes: readonly string[];
  /** Of what the log does not know. */
  isUntouched(): Promise<boolean>;
}

/** Reports beside what a keeper undoes: what tests change beyond their database, and, once, what of the database is not covered. */
export function createWatchedKeeper(
  keeper: StateKeeper & Required<Pick<StateKeeper, 'renew'>>,
  { watch, notes, isUntouched }: WatchOptions,
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
    renew: async () => notes.length === 0 && (await keeper.renew()) && isUntouched(),
  };
}
