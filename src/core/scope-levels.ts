import type { Scope } from './reset.ts';

/**
 * The states to go back to, one for each scope that has begun, for keepers that compare states. `present` is the last state that is known; what
 * was written since belongs to `owner`.
 */
export interface ScopeLevels<L> {
  readonly present: L;
  /** Where the present scope began. */
  readonly start: L;
  /** The last thing that happened was the end of a scope. */
  readonly left: boolean;
  /** Narrowest first; those that have begun. */
  all(): readonly L[];
  /** What was written since `present` was known goes to its owner: narrower scopes that have begun start with it, too. */
  absorb(now: L): void;
  begin(scope: Scope): void;
  /** Nothing of that scope has begun: what was written is all of a wider one. */
  isOfWider(scope: Scope): boolean;
  /** Answers the state to go back to; it is the present one from now on. */
  leave(scope: Scope): L;
  /** As nobody had entered or left anything yet. */
  renew(): void;
}

/** `patch(level, before, now)`: `level` with what has changed from `before` to `now`. */
export function createScopeLevels<L>(seed: L, patch: (level: L, before: L, now: L) => L): ScopeLevels<L> {
  const starts: { run: L; file?: L | undefined; test?: L | undefined } = { run: seed };
  let owner: Scope = 'run';
  let present = seed;
  let left = false;
  let explicit = false; // somebody has said whose the writes are
  return {
    get present() {
      return present;
    },
    get start() {
      return starts[owner] ?? present;
    },
    get left() {
      return left;
    },
    all: () => [...new Set([starts.test, starts.file, starts.run].filter((level) => level !== undefined))],
    absorb: (now) => {
      const narrower = owner === 'run' ? (['file', 'test'] as const) : owner === 'file' ? (['test'] as const) : [];
      for (const scope of narrower) {
        const start = starts[scope];
        if (start) starts[scope] = start === present ? now : patch(start, present, now);
      }
      present = now;
    },
    begin: (scope) => {
      if (scope !== 'run') starts.file ??= present;
      if (scope === 'test') starts.test ??= present;
      owner = scope;
      left = false;
      explicit = true;
    },
    isOfWider: (scope) => !starts[scope] && !left && explicit && scope !== owner,
    leave: (scope) => {
      const to = starts[scope] ?? present;
      if (scope !== 'test') starts.file = undefined;
      starts.test = undefined;
      present = to;
      owner = scope === 'test' ? 'file' : 'run';
      left = true;
      return to;
    },
    renew: () => {
      left = false;
      explicit = false;
    },
  };
}
