import { describe, expect, test } from 'vitest';
import { MAIL_STREAM } from '../../src/mails.ts';
import { type Backend, useBackend } from '../helpers/backend.ts';
import { createUser, GRACE } from '../helpers/factories.ts';
import { INTEGRATION } from '../helpers/integration.ts';

describe.runIf(INTEGRATION)('A3: side effects of one registration', () => {
  const backend = useBackend();

  test('a registration leaves a row, a cache entry and one welcome mail', async () => {
    const user = await createUser(backend);

    const { rows } = await backend.db.query('SELECT id::int, email, name FROM users');
    expect(rows).toEqual([{ id: user.id, email: GRACE.email, name: GRACE.name }]);

    expect(JSON.parse((await backend.redis.get(`user:${user.id}`)) ?? 'null')).toEqual(user);
    expect(await backend.redis.ttl(`user:${user.id}`)).toBeGreaterThan(0);

    expect(await mails(backend)).toEqual([['to', GRACE.email, 'template', 'welcome']]);
  });

  test('a refused registration leaves none of them', async () => {
    await createUser(backend);
    await backend.api.post('/users').send(GRACE).expect(409);

    const { rows } = await backend.db.query('SELECT count(*)::int AS users FROM users');
    expect(rows[0].users).toBe(1);
    expect(await mails(backend)).toHaveLength(1);
    expect(await backend.redis.keys('user:*')).toHaveLength(1);
  });

  test('a read is answered from the cache, and fills it when it is empty', async () => {
    const user = await createUser(backend);
    const path = `/users/${user.id}`;
    await backend.db.query('UPDATE users SET name = $2 WHERE id = $1', [user.id, 'Changed behind the cache']);
    expect((await backend.api.get(path).expect(200)).body.name).toBe(user.name);

    await backend.redis.del(`user:${user.id}`);
    expect((await backend.api.get(path).expect(200)).body.name).toBe('Changed behind the cache');
    expect(await backend.redis.exists(`user:${user.id}`)).toBe(1);
  });

  test('a change renews the cache entry, a deletion removes it', async () => {
    const user = await createUser(backend);
    await backend.api.patch(`/users/${user.id}`).send({ name: 'Ada' }).expect(200);
    expect(await backend.redis.get(`user:${user.id}`)).toContain('"name":"Ada"');
    await backend.api.delete(`/users/${user.id}`).expect(204);
    expect(await backend.redis.exists(`user:${user.id}`)).toBe(0);
  });
});

async function mails({ redis }: Backend): Promise<readonly string[][]> {
  return (await redis.xrange(MAIL_STREAM, '-', '+')).map(([, fields]) => fields);
}
