import { beforeAll, describe, expect, test } from 'vitest';
import { MAIL_STREAM } from '../../src/mails.ts';
import { useBackend } from '../helpers/backend.ts';
import { createOrder, createUser } from '../helpers/factories.ts';
import { INTEGRATION } from '../helpers/integration.ts';

describe.runIf(INTEGRATION)('D9: nobody cleans up, and each test begins with the baseline', () => {
  const backend = useBackend();

  beforeAll(() => backend.redis.set('banner', 'Welcome aboard'));

  test.for([1, 2, 3])('the seed in the database, what a hook has put into Redis, and nothing else: attempt %i', async () => {
    expect(await backend.redis.keys('*')).toEqual(['banner']);
    expect(await backend.redis.get('banner')).toBe('Welcome aboard');
    expect((await backend.db.query('SELECT count(*)::int AS users FROM users')).rows).toEqual([{ users: 0 }]);

    const user = await createUser(backend);
    await createOrder(backend, user.id);
    await backend.redis.set('banner', 'All hands on deck');

    expect(user.id).toBe(1);
    expect(await backend.redis.xlen(MAIL_STREAM)).toBe(1);
    expect((await backend.redis.keys('*')).sort()).toEqual(['banner', MAIL_STREAM, 'user:1']);
  });

  test.for([1, 2])('also when a test has emptied the whole server and changed its settings: attempt %i', async () => {
    expect(await backend.redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    expect(await backend.redis.exists('banner')).toBe(1);

    await backend.redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await backend.redis.flushall();
  });
});
