import type { Between, Leak, ResetReport, Scope, StateKeeper } from '../../../core/reset.ts';
import { realChanges, toChange } from './changes.ts';
import { compareImages, patchImage } from './image.ts';
import type { Level, Store } from './store.ts';

const NAMED_IN_LEAK = 5;

/**
 * The states to go back to, one for each scope that has begun. `present` is the last state that is known: how the store was when the position
 * was taken; what was written since belongs to `owner`.
 */
export async function createKeeper(store: Store, seed: Level): Promise<StateKeeper> {
  const starts: { run: Level; file?: Level | undefined; test?: Level | undefined } = { run: seed };
  let owner: Scope = 'run';
  let present = seed;
  let left = false; // the last thing that happened was the end of a scope
  let explicit = false; // somebody has said whose the writes are
  let owed: Level | undefined; // what a reset that failed was to go back to
  const keep = () =>
    store.keep([...new Set([starts.test, starts.file, starts.run].filter((level) => level !== undefined))], present);
  await store.mark();
  await keep();

  /** What was written since the position was taken goes to its owner: narrower scopes that have begun start with it, too. */
  const absorb = async () => {
    const now = await store.capture(present);
    await store.mark();
    const narrower = owner === 'run' ? (['file', 'test'] as const) : owner === 'file' ? (['test'] as const) : [];
    for (const scope of narrower) {
      const start = starts[scope];
      if (start === present) starts[scope] = now;
      else if (start) starts[scope] = patch(start, present, now);
    }
    present = now;
  };
  const undoLate = async (): Promise<ResetReport | undefined> => {
    const startedAt = performance.now();
    const after = await store.readImage();
    const changes = await realChanges(store, compareImages(present.image, after));
    const done = await store.restore(present);
    if (changes.length === 0) return undefined;
    const names = changes.slice(0, NAMED_IN_LEAK).map(({ database, key }) => `db${database} ${JSON.stringify(key)}`);
    const more = changes.length > names.length ? `, ${changes.length - names.length} more` : '';
    const leak: Leak = { kind: 'write', text: `written after the test had ended: ${names.join(', ')}${more}` };
    return { ...done, ms: performance.now() - startedAt, changed: changes.length, leaks: [leak] };
  };

  const begin = async (scope: Scope) => {
    if (scope !== 'run') starts.file ??= present;
    if (scope === 'test') starts.test ??= present;
    owner = scope;
    left = false;
    explicit = true;
    await keep();
  };

  const keeper: StateKeeper = {
    async enter(scope: Scope, between: Between) {
      let report: ResetReport | undefined;
      if (owed) {
        await store.restore(owed);
        owed = undefined;
      } else if ((await store.touched()) > 0) {
        if (left && between === 'undo') report = await undoLate();
        else await absorb();
      }
      await begin(scope);
      return report;
    },
    async again() {
      const report = await keeper.leave('test');
      await begin('test');
      return report;
    },
    async leave(scope) {
      const startedAt = performance.now();
      const target = starts[scope];
      if (!target && !left && explicit && scope !== owner) await absorb(); // nothing of that scope has begun: all is of a wider one
      const to = target ?? present;
      if (scope !== 'test') starts.file = undefined;
      starts.test = undefined;
      const before = present;
      present = to;
      owner = scope === 'test' ? 'file' : 'run';
      left = true;
      const failed = owed;
      owed = to;
      const changed = await store.touched();
      const done = changed > 0 || to !== before || failed ? await store.restore(to) : { how: 'none' };
      owed = undefined;
      return { ...done, ms: performance.now() - startedAt, changed, leaks: [] };
    },
    async diff() {
      const start = starts[owner] ?? present;
      return (await realChanges(store, compareImages(start.image, await store.readImage()))).map(toChange);
    },
    [Symbol.asyncDispose]: async () => store[Symbol.dispose](),
  };
  const { isUsed } = store;
  if (!isUsed) return keeper;
  const renew = async () => {
    await keeper.leave('file');
    if (present !== seed || (await store.touched()) > 0 || (await isUsed())) return false;
    left = false;
    explicit = false;
    return true;
  };
  return { ...keeper, renew };
}

/** `level` with what has changed from `before` to `after`: a key that both have changed is as in `after`. */
function patch(level: Level, before: Level, after: Level): Level {
  const image = patchImage(level.image, compareImages(before.image, after.image));
  return { image, shared: after.shared };
}
