import { describe, expect, test } from 'vitest';
import { MAIL_STREAM } from '../../src/mails.ts';
import { type Backend, useBackend } from '../helpers/backend.ts';
import { createUser, newRegistration } from '../helpers/factories.ts';
import { INTEGRATION } from '../helpers/integration.ts';

describe.runIf(INTEGRATION)('A3: side effects of one registration', () => {
  const backend = useBackend();

  test('a registration leaves a row, a cache entry and one welcome mail', async () => {
    const user = await createUser(backend);

    const { rows } = await backend.db.query('SELECT email, name FROM users WHERE id = $1', [user.id]);
    expect(rows).toEqual([{ email: user.email, name: user.name }]);

    expect(JSON.parse((await backend.redis.get(`user:${user.id}`)) ?? 'null')).toEqual(user);
    expect(await backend.redis.ttl(`user:${user.id}`)).toBeGreaterThan(0);

    expect(await mailsTo(backend, user.email)).toEqual([['to', user.email, 'template', 'welcome']]);
  });

  test('a refused registration leaves none of them', async () => {
    const user = await createUser(backend);
    await backend.api
      .post('/users')
      .send(newRegistration({ email: user.email }))
      .expect(409);

    const { rows } = await backend.db.query('SELECT count(*)::int AS users FROM users WHERE email = $1', [user.email]);
    expect(rows[0].users).toBe(1);
    expect(await mailsTo(backend, user.email)).toHaveLength(1);
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

/** The stream is shared by all tests of a run, so each looks for its own address. */
async function mailsTo({ redis }: Backend, address: string): Promise<readonly string[][]> {
  const entries = await redis.xrange(MAIL_STREAM, '-', '+');
  return entries.map(([, fields]) => fields).filter((fields) => fields[1] === address);
}
