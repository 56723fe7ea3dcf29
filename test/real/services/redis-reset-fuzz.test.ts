import { expect, it } from 'vitest';
import { createFetcher } from '../../../src/artifacts/fetcher.ts';
import type { Scope } from '../../../src/core/reset.ts';
import { createEmbeddedDriver } from '../../../src/drivers/embedded/index.ts';
import { redis } from '../../../src/services/redis/index.ts';
import { findSpec, launchService, toRequest } from '../../helpers/launch-service.ts';
import { connect, openSeedOf } from '../../helpers/redis-state.ts';

const ROUNDS = Number(process.env.FUZZ_ROUNDS ?? 150);

/** Numbers from 0 up to `limit`, the same for the same seed. */
function randomFrom(seed: number) {
  let state = seed;
  return (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

it.each(['small', 'big'])(
  'is always in the state of its scopes, whatever tests and fixtures have written: %s seed',
  async (size) => {
    const seedNumber = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32));
    console.log(`fuzz of the reset of Redis, ${size} seed: FUZZ_SEED=${seedNumber}`);
    const random = randomFrom(seedNumber);
    const service = redis.configure(toRequest());
    const driver = createEmbeddedDriver(createFetcher({}));
    const found = await findSpec(driver, service);
    if ('why' in found) throw new Error(found.why);
    await using main = await launchService(driver, service, found.spec);
    await using leased = await launchService(driver, service, found.spec);
    using writer = await connect(main.endpoint);
    const seedKeys = size === 'small' ? 30 : 1_500;
    for (let i = 0; i < seedKeys; i++) await writer.send('SET', `seed:${i}`, `value ${i}`);
    await using seed = await openSeedOf(service, main);
    await seed.fill(leased.endpoint);
    await using keeper = await seed.openKeeper(leased.endpoint, 'rewind');
    using app = await connect(leased.endpoint);

    // Each scope writes keys of its own name; a test also does harm to those of others.
    const written: Record<'run' | 'file', Map<string, string>> = { run: new Map(), file: new Map() };
    const expected = () => {
      const all = new Map(Array.from({ length: seedKeys }, (_, i) => [`seed:${i}`, `value ${i}`]));
      for (const scope of ['run', 'file'] as const) for (const [key, value] of written[scope]) all.set(key, value);
      return Object.fromEntries([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
    };
    const present = async () => {
      const keys = ((await app.send('KEYS', '*')) as string[]).sort();
      const values = keys.length > 0 ? ((await app.send('MGET', ...keys)) as string[]) : [];
      return Object.fromEntries(keys.map((key, index) => [key, values[index]]));
    };
    /** A late one deletes nothing: the test may have deleted the key before, and what both have done has no right answer. */
    const fixture = async (scope: 'run' | 'file', late = false) => {
      for (let i = random(3); i >= 0; i--) {
        const [key, value] = [`${scope}:${random(6)}`, String(random(1_000))];
        if (!late && random(4) === 0) {
          await app.send('DEL', key);
          written[scope].delete(key);
        } else {
          await app.send('SET', key, value);
          written[scope].set(key, value);
        }
      }
    };
    const harm = async () => {
      for (let i = random(5); i > 0; i--) {
        const what = random(12);
        if (what < 5) await app.send('SET', `test:${random(9)}`, 'mine');
        else if (what < 8) await app.send('SET', `seed:${random(seedKeys)}`, 'harmed');
        else if (what < 10) await app.send('DEL', `seed:${random(seedKeys)}`);
        else if (what === 10) await app.send('EVAL', "redis.call('SELECT', 5) redis.call('SET', 'other', 1)", '0');
        else if (random(3) === 0) await app.send(random(2) ? 'FLUSHALL' : 'FLUSHDB');
      }
    };

    const steps: string[] = [];
    const enter = async (scope: Scope) => {
      steps.push(`enter ${scope}`);
      await keeper.enter(scope, 'keep');
    };
    const check = async (after: string) => {
      steps.push(after);
      expect(await present(), steps.slice(-12).join(', ')).toEqual(expected());
      expect(String(await app.send('INFO', 'keyspace'))).not.toMatch(/^db5:/m);
    };
    for (let round = 0; round < ROUNDS; round++) {
      if (random(8) === 0) {
        await enter('run');
        await fixture('run');
      }
      if (random(3) === 0) {
        await enter('file');
        await fixture('file');
      }
      await enter('test');
      await harm();
      for (const scope of ['file', 'run'] as const) {
        if (random(10) > 0) continue;
        steps.push(`late ${scope}`);
        await enter(scope);
        await fixture(scope, true);
        await enter('test');
        await harm();
      }
      while (random(3) === 0) {
        await keeper.again?.();
        await check('again');
        await harm();
      }
      await keeper.leave('test');
      await check('leave test');
      if (random(6) === 0) {
        written.file.clear();
        await keeper.leave('file');
        await check('leave file');
      } else if (random(5) === 0) {
        await app.send('SET', 'late', '1');
        expect((await keeper.enter('test', 'undo'))?.leaks).toHaveLength(1);
        await keeper.leave('test');
        await check('undo of a late write');
      }
      if (random(40) === 0) {
        written.file.clear();
        written.run.clear();
        await keeper.leave('run');
        await check('leave run');
      }
    }
  },
  120_000,
);
