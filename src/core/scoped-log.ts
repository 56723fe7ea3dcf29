import type { Between, Scope } from './reset.ts';

/** What has happened in one lease of a server of our own, in order, each entry with the scope that it belongs to. */
export interface ScopedLog<T> {
  readonly entries: readonly T[];
  add(entry: T): void;
  /** From now on entries belong to `scope`. Answers those that have come late, and are forgotten. */
  enter(scope: Scope, between: Between): readonly T[];
  /** Forgets the entries of `scope` and of narrower ones; answers them. */
  leave(scope: Scope): readonly T[];
  /** Those of the present scope. */
  present(): readonly T[];
}

const RANK: Readonly<Record<Scope, number>> = { run: 0, file: 1, test: 2 };

/** A log whose entries go when their scope is left, as `StateKeeper` says. `onChange` is called for each change. */
export function createScopedLog<T>(onChange: () => void = () => {}): ScopedLog<T> {
  let kept: readonly { readonly entry: T; readonly owner: Scope; readonly late: boolean }[] = [];
  let entries: readonly T[] = [];
  let owner: Scope = 'run';
  let left = false; // the last thing that happened was the end of a scope
  const set = (next: typeof kept) => {
    kept = next;
    entries = kept.map(({ entry }) => entry);
    onChange();
  };
  const forget = (which: (one: (typeof kept)[number]) => boolean): readonly T[] => {
    const gone = kept.filter(which);
    if (gone.length > 0) set(kept.filter((one) => !which(one)));
    return gone.map(({ entry }) => entry);
  };
  return {
    get entries() {
      return entries;
    },
    add: (entry) => set([...kept, { entry, owner, late: left }]),
    enter: (scope, between) => {
      const undone = between === 'undo' ? forget(({ late }) => late) : [];
      kept = kept.map((one) => (one.late ? { ...one, late: false } : one));
      owner = scope;
      left = false;
      return undone;
    },
    leave: (scope) => {
      const gone = forget((one) => one.late || RANK[one.owner] >= RANK[scope]);
      owner = scope === 'test' ? 'file' : 'run';
      left = true;
      return gone;
    },
    present: () => kept.filter((one) => one.owner === owner).map(({ entry }) => entry),
  };
}
