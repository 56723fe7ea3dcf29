import type { Between, Change, Leak, ResetReport, Scope, StateKeeper } from './reset.ts';
import { createScopeLevels } from './scope-levels.ts';

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
 * Takes a state back by comparing images of it, one for each scope that has begun.
 */
export function createImageKeeper<E>(store: ImageStore<E>, seed: Image<E>): StateKeeper {
  const levels = createScopeLevels(seed, (level, before, now) => patchImage(level, compare(before, now)));
  let owed: Image<E> | undefined; // what a reset that failed was to go back to

  const compare = (to: Image<E>, now: Image<E>) => compareImages(to, now, store.same);
  const absorb = async () => levels.absorb(await (store.capture ?? store.look)(levels.present));
  const undoLate = async (changes: readonly ImageChange<E>[]): Promise<ResetReport> => {
    const startedAt = performance.now();
    const names = changes.slice(0, NAMED_IN_LEAK).map((change) => nameOf(store.toChange(change)));
    const more = changes.length > names.length ? `, ${changes.length - names.length} more` : '';
    const leak: Leak = { kind: 'write', text: `written after the test had ended: ${names.join(', ')}${more}` };
    const done = await store.restore(changes, levels.present);
    return { ...done, ms: performance.now() - startedAt, changed: changes.length, leaks: [leak] };
  };

  return {
    async enter(scope: Scope, between: Between) {
      let report: ResetReport | undefined;
      const changes = compare(owed ?? levels.present, await store.look(levels.present));
      if (owed) {
        await store.restore(changes, owed);
        owed = undefined;
      } else if (changes.length > 0) {
        if (levels.left && between === 'undo') report = await undoLate(changes);
        else await absorb();
      }
      levels.begin(scope);
      return report;
    },
    async leave(scope) {
      const startedAt = performance.now();
      if (levels.isOfWider(scope)) await absorb();
      const now = await store.look(levels.present);
      const to = levels.leave(scope);
      const changes = compare(to, now);
      owed = to;
      const done = changes.length > 0 ? await store.restore(changes, to) : { how: 'none' };
      owed = undefined;
      await store.afterLeave?.();
      return { ...done, ms: performance.now() - startedAt, changed: changes.length, leaks: [] };
    },
    diff: async () => compare(levels.start, await store.look(levels.present)).map(store.toChange),
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
