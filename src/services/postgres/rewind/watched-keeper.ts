import type { ResetReport, StateKeeper } from '../../../core/reset.ts';
import type { RewindKeeper } from './keeper.ts';
import type { ServerWatch } from './server-watch.ts';

interface WatchOptions {
  readonly watch: ServerWatch | undefined;
  readonly notes: readonly string[];
  /** Of what the log does not know. */
  isUntouched(): Promise<boolean>;
}

/** Reports beside what a keeper undoes: what tests change beyond their database, and, once, what of the database is not covered. */
export function createWatchedKeeper(keeper: RewindKeeper, { watch, notes, isUntouched }: WatchOptions): StateKeeper {
  let untold = notes;
  const told = async (report: ResetReport): Promise<ResetReport> => {
    const leaks = [...report.leaks, ...((await watch?.changes()) ?? [])];
    const fallback = [report.fallback, ...untold].filter((text) => text !== undefined).join('; ');
    untold = [];
    return { ...report, leaks, ...(fallback ? { fallback } : {}) };
  };
  return {
    ...keeper,
    again: async () => told(await keeper.again()),
    enter: async (scope, between) => {
      const report = await keeper.enter(scope, between);
      if (scope === 'test') await watch?.changes(); // what fixtures did is meant
      return report;
    },
    leave: async (scope) => {
      const report = await keeper.leave(scope);
      return scope === 'test' ? told(report) : report;
    },
    renew: async () => notes.length === 0 && (await keeper.renew()) && isUntouched(),
  };
}
