import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Scope, StateKeeper } from '../../../src/core/reset.ts';
import type { ConfiguredService } from '../../../src/core/service.ts';
import { nativeDriver } from '../../../src/drivers/native/index.ts';
import { etcd } from '../../../src/services/etcd/index.ts';
import { memcached } from '../../../src/services/memcached/index.ts';
import { connectEtcd } from '../../helpers/etcd-subject.ts';
import { type StartedService, startConfigured, toRequest } from '../../helpers/launch-service.ts';
import { connectMemcached } from '../../helpers/memcached-subject.ts';

// The scopes of core/image-keeper.ts on two servers, against a model: whose keys are there after each step.

const ROUNDS = Number(process.env.FUZZ_ROUNDS ?? 40);
const SEEDED = 12;
const KEYS = ['seed', 'run', 'file', 'test'].flatMap((owner) => Array.from({ length: SEEDED }, (_, i) => `${owner}:${i}`));

/** What an app can do to its keys. */
interface App {
  set(key: string, value: string): Promise<unknown>;
  delete(key: string): Promise<unknown>;
  clear(): Promise<unknown>;
  read(): Promise<Readonly<Record<string, string>>>;
  close(): void;
}

const subjects: readonly [service: ConfiguredService, connect: (started: StartedService) => App][] = [
  [
    etcd.configure(toRequest()),
    ({ service, server }) => {
      const client = connectEtcd(service.fields(server.endpoint));
      return {
        set: (key, value) => client.put(key).value(value).exec(),
        delete: (key) => client.delete().key(key).exec(),
        clear: () => client.delete().all().exec(),
        read: () => client.getAll().strings(),
        close: () => client.close(),
      };
    },
  ],
  [
    memcached.configure(toRequest()),
    ({ service, server }) => {
      const client = connectMemcached(service.fields(server.endpoint));
      return {
        set: (key, value) => client.set(key, value, {}),
        delete: (key) => client.delete(key),
        clear: () => client.flush(),
        read: async () => {
          const found = await Promise.all(KEYS.map(async (key) => [key, (await client.get(key)).value?.toString()] as const));
          return Object.fromEntries(found.filter((entry): entry is [string, string] => entry[1] !== undefined));
        },
        close: () => client.close(),
      };
    },
  ],
];

/** Numbers from 0 up to `limit`, the same for the same seed. */
function randomFrom(seed: number) {
  let state = seed;
  return (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

describe.for(subjects.map(([service, connect]) => ({ title: service.title, service, connect })))(
  '$title',
  ({ service, connect }) => {
    let started: StartedService;
    let app: App;
    let keeper: StateKeeper;

    beforeAll(async () => {
      started = await startConfigured(service, nativeDriver);
      app = connect(started);
      for (let i = 0; i < SEEDED; i++) await app.set(`seed:${i}`, `value ${i}`);
      if (service.lease.kind !== 'instance' || !service.lease.openSeed) throw new Error('it has no seed');
      await using seed = await service.lease.openSeed(started.server.endpoint);
      keeper = await seed.openKeeper(started.server.endpoint, 'rewind');
    }, 60_000);
    afterAll(async () => {
      await keeper?.[Symbol.asyncDispose]();
      app?.close();
      await started?.[Symbol.asyncDispose]();
    });

    it('is always in the state of its scopes, whatever tests and fixtures have written', { timeout: 120_000 }, async () => {
      const seedNumber = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32));
      console.log(`fuzz of the reset of ${service.title}: FUZZ_SEED=${seedNumber}`);
      const random = randomFrom(seedNumber);
      const written: Record<'run' | 'file', Map<string, string>> = { run: new Map(), file: new Map() };
      const steps: string[] = [];
      const expected = () => {
        const seeded = Array.from({ length: SEEDED }, (_, i): [string, string] => [`seed:${i}`, `value ${i}`]);
        return Object.fromEntries([...seeded, ...written.run, ...written.file]);
      };
      const check = async (after: string) => {
        steps.push(after);
        expect(await app.read(), steps.slice(-12).join(', ')).toEqual(expected());
      };
      const enter = async (scope: Scope) => {
        steps.push(`enter ${scope}`);
        await keeper.enter(scope, 'keep');
      };
      /** A late one deletes nothing: the test may have deleted the key before, and what both have done has no right answer. */
      const fixture = async (scope: 'run' | 'file', late = false) => {
        for (let i = random(3); i >= 0; i--) {
          const [key, value] = [`${scope}:${random(6)}`, String(random(1_000))];
          if (!late && random(4) === 0) {
            await app.delete(key);
            written[scope].delete(key);
          } else {
            await app.set(key, value);
            written[scope].set(key, value);
          }
        }
      };
      const harm = async () => {
        for (let i = random(5); i > 0; i--) {
          const what = random(12);
          if (what < 5) await app.set(`test:${random(9)}`, 'mine');
          else if (what < 8) await app.set(`seed:${random(SEEDED)}`, 'harmed');
          else if (what < 11) await app.delete(`seed:${random(SEEDED)}`);
          else await app.clear();
        }
      };
      for (let round = 0; round < ROUNDS; round++) {
        for (const scope of ['run', 'file'] as const) {
          if (random(scope === 'run' ? 8 : 3) > 0) continue;
          await enter(scope);
          await fixture(scope);
        }
        await enter('test');
        await harm();
        for (const scope of ['file', 'run'] as const) {
          if (random(8) > 0) continue;
          await enter(scope);
          await fixture(scope, true);
          await enter('test');
          await harm();
        }
        await keeper.leave('test');
        await check('leave test');
        if (random(6) === 0) {
          written.file.clear();
          await keeper.leave('file');
          await check('leave file');
        } else if (random(5) === 0) {
          await app.set('test:0', 'late');
          expect((await keeper.enter('test', 'undo'))?.leaks).toHaveLength(1);
          await keeper.leave('test');
          await check('undo of a late write');
        } else if (random(20) === 0) {
          written.file.clear();
          written.run.clear();
          await keeper.leave('run');
          await check('leave run');
        }
      }
    });
  },
);
