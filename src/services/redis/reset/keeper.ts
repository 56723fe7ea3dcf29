import type { Between, Leak, ResetReport, Scope, StateKeeper } from '../../../core/reset.ts';
import { createScopeLevels } from '../../../core/scope-levels.ts';
import { realChanges, toChange } from './changes.ts';
import { compareImages, patchImage } from './image.ts';
import type { Level, Store } from './store.ts';

const NAMED_IN_LEAK = 5;

export async function createKeeper(store: Store, seed: Level): Promise<StateKeeper> {
  const levels = createScopeLevels(seed, patch);
  let owed: Level | undefined; // what a reset that failed was to go back to
  const keep = () => store.keep(levels.all(), levels.present);
  await store.mark();
  await keep();

  const absorb = async () => {
    const now = await store.capture(levels.present);
    await store.mark();
    levels.absorb(now);
  };
  const undoLate = async (): Promise<ResetReport | undefined> => {
    const startedAt = performance.now();
    const after = await store.readImage();
    const changes = await realChanges(store, compareImages(levels.present.image, after));
    const done = await store.restore(levels.present);
    if (changes.length === 0) return undefined;
    const names = changes.slice(0, NAMED_IN_LEAK).map(({ database, key }) => `db${database} ${JSON.stringify(key)}`);
    const more = changes.length > names.length ? `, ${changes.length - names.length} more` : '';
    const leak: Leak = { kind: 'write', text: `written after the test had ended: ${names.join(', ')}${more}` };
    return { ...done, ms: performance.now() - startedAt, changed: changes.length, leaks: [leak] };
  };

  const begin = async (scope: Scope) => {
    levels.begin(scope);
    await keep();
  };

  const keeper: StateKeeper = {
    async enter(scope: Scope, between: Between) {
      let report: ResetReport | undefined;
      if (owed) {
        await store.restore(owed);
        owed = undefined;
      } else if ((await store.touched()) > 0) {
        if (levels.left && between === 'undo') report = await undoLate();
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
      if (levels.isOfWider(scope)) await absorb();
      const before = levels.present;
      const to = levels.leave(scope);
      const failed = owed;
      owed = to;
      const changed = await store.touched();
      const done = changed > 0 || to !== before || failed ? await store.restore(to) : { how: 'none' };
      owed = undefined;
      return { ...done, ms: performance.now() - startedAt, changed, leaks: [] };
    },
    async diff() {
      return (await realChanges(store, compareImages(levels.start.image, await store.readImage()))).map(toChange);
    },
    [Symbol.asyncDispose]: async () => store[Symbol.dispose](),
  };
  const { isUsed } = store;
  if (!isUsed) return keeper;
  const renew = async () => {
    await keeper.leave('file');
    if (levels.present !== seed || (await store.touched()) > 0 || (await isUsed())) return false;
    levels.renew();
    return true;
  };
  return { ...keeper, renew };
}

/** `level` with what has changed from `before` to `after`: a key that both have changed is as in `after`. */
function patch(level: Level, before: Level, after: Level): Level {
  const image = patchImage(level.image, compareImages(before.image, after.image));
  return { image, shared: after.shared };
}
