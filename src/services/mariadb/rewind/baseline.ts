import { SCOPES, type Scope } from '../../../core/reset.ts';
import type { Definitions } from './definitions.ts';
import { depth } from './timeline.ts';

/** What one scope goes back to, apart from rows. */
export interface Baseline {
  readonly definitions: Definitions;
  readonly numbers: ReadonlyMap<string, string>;
  readonly sequences: readonly string[];
}

/** The baselines of the scopes; one that has none of its own has that of the next wider scope. */
export function createBaselines(first: Baseline) {
  const levels: (Baseline | undefined)[] = [first];
  const of = (scope: Scope): Baseline => levels.slice(0, depth(scope) + 1).findLast((level) => level !== undefined) ?? first;
  return {
    of,
    set: (scope: Scope, changed: Partial<Baseline>) => {
      levels[depth(scope)] = { ...of(scope), ...changed };
      levels.length = depth(scope) + 1;
    },
    /** The same, for narrower scopes too: what is defined now is so for all of them. */
    setFrom: (scope: Scope, changed: Partial<Baseline>) => {
      for (const each of SCOPES.slice(depth(scope)))
        if (each === scope || levels[depth(each)]) levels[depth(each)] = { ...of(each), ...changed };
    },
    dropBelow: (scope: Scope) => {
      levels.length = Math.min(levels.length, depth(scope) + 1);
    },
  };
}
export type Baselines = ReturnType<typeof createBaselines>;
