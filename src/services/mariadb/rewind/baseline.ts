import { SCOPES, type Scope } from '../../../core/reset.ts';
import type { Definitions } from './definitions.ts';
import type { TableShape } from './table-shape.ts';
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
    /** Whether narrower scopes have begun with other definitions than this one. */
    isOutdated: (scope: Scope) => of(scope).definitions !== of('test').definitions,
    set: (scope: Scope, changed: Partial<Baseline>) => {
      levels[depth(scope)] = { ...of(scope), ...changed };
      levels.length = depth(scope) + 1;
    },
    /** Changes the baselines of this scope and of narrower ones that have one of their own. */
    amendFrom: (scope: Scope, changed: (before: Baseline) => Partial<Baseline>) => {
      for (const each of SCOPES.slice(depth(scope)))
        if (each === scope || levels[depth(each)]) levels[depth(each)] = { ...of(each), ...changed(of(each)) };
    },
    dropBelow: (scope: Scope) => {
      levels.length = Math.min(levels.length, depth(scope) + 1);
    },
  };
}
export type Baselines = ReturnType<typeof createBaselines>;

/** These numbers, but those of `tables` as they are now. */
export function withNumbersOf(
  tables: readonly TableShape[],
  numbers: Baseline['numbers'],
  now: Baseline['numbers'],
): Baseline['numbers'] {
  const files = new Set(tables.map(({ file }) => file));
  const kept = [...numbers].filter(([file]) => !files.has(file));
  return new Map([...kept, ...[...now].filter(([file]) => files.has(file))]);
}
