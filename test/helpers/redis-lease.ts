import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest';
import { createFetcher } from '../../src/artifacts/fetcher.ts';
import type { StateKeeper } from '../../src/core/reset.ts';
import type { Seed } from '../../src/core/service.ts';
import { createEmbeddedDriver } from '../../src/drivers/embedded/index.ts';
import { nativeDriver } from '../../src/drivers/native/index.ts';
import { redis } from '../../src/services/redis/index.ts';
import type { RespClient } from '../../src/services/redis/resp.ts';
import { findSpec, type LaunchedService, launchService, toRequest } from './launch-service.ts';
import { connect, openSeedOf, seedEveryType, stateOf } from './redis-state.ts';

const FUNCTIONS = "#!lua name=lib\nredis.register_function('one', function() return 1 end)";

/** A lease on a server of its own: each case begins with what the main server has been seeded with. */
export interface RedisLease {
  readonly main: LaunchedService;
  readonly leased: LaunchedService;
  readonly seed: Seed;
  /** A connection to the leased server. */
  readonly app: RespClient;
  readonly keeper: StateKeeper;
  /** False before Redis 7. */
  readonly hasFunctions: boolean;
  /** What `app` sees before anybody has written. */
  readonly baseline: Record<string, unknown>;
}

/** The same cases on the embedded server and on that of this machine. */
export async function describeRedisLeases(
  title: string,
  cases: (lease: RedisLease) => void,
  seedMore: (main: RespClient) => Promise<unknown> = async () => {},
): Promise<void> {
  for (const driver of [createEmbeddedDriver(createFetcher({})), nativeDriver]) {
    const service = redis.configure(toRequest());
    const found = await findSpec(driver, service);
    if ('why' in found) {
      describe(`${title}, ${driver.name}`, () => it('cannot be made here', ({ skip }) => skip(found.why)));
      continue;
    }
    describe(`${title}, ${driver.name}`, () => {
      const lease = {} as { -readonly [name in keyof RedisLease]: RedisLease[name] };
      beforeAll(async () => {
        const start = () => launchService(driver, service, found.spec);
        [lease.main, lease.leased] = await Promise.all([start(), start()]);
        using writer = await connect(lease.main.endpoint);
        await seedEveryType(writer);
        lease.hasFunctions = await loadFunctions(writer);
        await seedMore(writer);
        lease.baseline = await stateOf(writer);
        lease.seed = await openSeedOf(service, lease.main);
        lease.app = await connect(lease.leased.endpoint);
      }, 120_000);
      afterAll(async () => {
        const { keeper, app, main, leased }: Partial<RedisLease> = lease; // the set-up may have failed halfway
        await keeper?.[Symbol.asyncDispose]();
        app?.[Symbol.dispose]();
        await Promise.all([main?.[Symbol.asyncDispose](), leased?.[Symbol.asyncDispose]()]);
      });
      beforeEach(async () => {
        await lease.keeper?.[Symbol.asyncDispose]();
        await lease.app.send('FLUSHALL');
        await lease.seed.fill(lease.leased.endpoint);
        lease.keeper = await lease.seed.openKeeper(lease.leased.endpoint, 'rewind');
      });
      cases(lease);
    });
  }
}

async function loadFunctions(client: RespClient): Promise<boolean> {
  try {
    await client.send('FUNCTION', 'LOAD', FUNCTIONS);
    return true;
  } catch (error) {
    if (/unknown command/.test((error as Error).message)) return false;
    throw error;
  }
}
