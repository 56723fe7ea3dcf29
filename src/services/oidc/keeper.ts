import type { ResetReport, StateKeeper } from '../../core/reset.ts';
import { openControl } from '../../util/program-control.ts';

/** The scopes are those of the program. Tokens that are asked for late are no leak: apps refresh them when they like. */
export function openKeeper(socketPath: string, issuer: string): StateKeeper {
  const control = openControl(socketPath);
  return {
    enter: async (scope, between) => {
      await control.ask('enter', { issuer, scope, between });
      return undefined;
    },
    leave: async (scope): Promise<ResetReport> => {
      const startedAt = performance.now();
      const changed = await control.ask<number>('leave', { issuer, scope });
      return { how: changed > 0 ? 'forget' : 'none', ms: performance.now() - startedAt, changed, leaks: [] };
    },
    renew: async () => {
      await control.ask('leave', { issuer, scope: 'run' });
      return true;
    },
    [Symbol.asyncDispose]: async () => control[Symbol.dispose](),
  };
}
