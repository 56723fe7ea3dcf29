import type { Between, Change, Leak, ResetReport, Scope, StateKeeper } from './reset.ts';

/** All that a lease holds, by name: keys, streams, ... Entries are never changed once they are in an image, but by `restore`. */
export type Image<E> = ReadonlyMap<string, E>;

/** What differs: `before` as it should be, `after` as it is. One of them may be absent, never both. */
export interface ImageChange<E> {
  readonly name: string;
  readonly before: E | undefined;
  readonly after: E | undefined;
}

/** Where the entries are. Small states: each look reads all of it, unless the store knows better. */
export interface ImageStore<E> extends Disposable {
  /** The present state; entries which are as in `known` may be taken from there. */
  look(known: Image<E>): Promise<Image<E>>;
  /** The present state with all that going back to it needs. Default: `look`. */
  capture?(known: Image<E>): Promise<Image<E>>;
  same(one: E, other: E): boolean;
  /** Undoes the changes, so that the state is `to` again. */
  restore(changes: readonly ImageChange<E>[], to: Image<E>): Promise<{ readonly how: string; readonly fallback?: string }>;
  /** For `diff`; what is said of late writes names the first column. */
  toChange(change: ImageChange<E>): Change;
  /** After each time that a scope was left, with or without changes. */
  afterLeave?(): Promise<void>;
}

const NAMED_IN_LEAK = 5;

/**
 * Takes a state back by comparing images of it: one for each scope that has begun. `present` is the last state that is known; what was
 * written since belongs to `owner`.
 */
export function createImageKeeper<E>(store: ImageStore<E>, seed: Image<E>): StateKeeper {
  const starts: { run: Image<E>; file?: Image<E> | undefined; test?: Image<E> | undefined } = { run: seed };
  let owner: Scope = 'run';
  let present = seed;
  let left = false; // the last thing that happened was the end of a scope
  let explicit = false; // somebody has said whose the writes are
  let owed: Image<E> | undefined; // what a reset that failed was to go back to

  const compare = (to: Image<E>, now: Image<E>) => compareImages(to, now, store.same);
  /** What was written since the position was taken goes to its owner: narrower scopes that have begun start with it, too. */
  const absorb = async () => {
    const now = await (store.capture ?? store.look)(present);
    const changes = compare(present, now);
    const narrower = owner === 'run' ? (['file', 'test'] as const) : owner === 'file' ? (['test'] as const) : [];
    for (const scope of narrower) {
      const start = starts[scope];
      if (start) starts[scope] = start === present ? now : patchImage(start, changes);
    }
    present = now;
  };
  const undoLate = async (changes: readonly ImageChange<E>[]): Promise<ResetReport> => {
    const startedAt = performance.now();
    const names = changes.slice(0, NAMED_IN_LEAK).map((change) => nameOf(store.toChange(change)));
    const more = changes.length > names.length ? `, ${changes.length - names.length} more` : '';
    const leak: Leak = { kind: 'write', text: `written after the test had ended: ${names.join(', ')}${more}` };
    const done = await store.restore(changes, present);
    return { ...done, ms: performance.now() - startedAt, changed: changes.length, leaks: [leak] };
  };

  return {
    async enter(scope: Scope, between: Between) {
      let report: ResetReport | undefined;
      const changes = compare(owed ?? present, await store.look(present));
      if (owed) {
        await store.restore(changes, owed);
        owed = undefined;
      } else if (changes.length > 0) {
        if (left && between === 'undo') report = await undoLate(changes);
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
      const changes = compare(to, await store.look(present));
      present = to;
      owner = scope === 'test' ? 'file' : 'run';
      left = true;
      owed = to;
      const done = changes.length > 0 ? await store.restore(changes, to) : { how: 'none' };
      owed = undefined;
      await store.afterLeave?.();
      return { ...done, ms: performance.now() - startedAt, changed: changes.length, leaks: [] };
    },
    diff: async () => compare(starts[owner] ?? present, await store.look(present)).map(store.toChange),
    [Symbol.asyncDispose]: async () => store[Symbol.dispose](),
  };
}

/** As its first column tells. */
function nameOf({ table, before, after }: Change): string {
  return `${table} ${JSON.stringify(Object.values(after ?? before ?? {})[0])}`;
}

export function compareImages<E>(to: Image<E>, now: Image<E>, same: (one: E, other: E) => boolean): readonly ImageChange<E>[] {
  const changes: ImageChange<E>[] = [];
  for (const [name, after] of now) {
    const before = to.get(name);
    if (before !== after && !(before && same(before, after))) changes.push({ name, before, after });
  }
  for (const [name, before] of to) if (!now.has(name)) changes.push({ name, before, after: undefined });
  return changes;
}

function patchImage<E>(image: Image<E>, changes: readonly ImageChange<E>[]): Image<E> {
  const patched = new Map(image);
  for (const { name, after } of changes) {
    if (after) patched.set(name, after);
    else patched.delete(name);
  }
  return patched;
}
