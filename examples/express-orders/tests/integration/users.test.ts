import { describe, expect, test } from 'vitest';
import { useBackend } from '../helpers/backend.ts';
import { createUser, GRACE } from '../helpers/factories.ts';
import { INTEGRATION } from '../helpers/integration.ts';

describe.runIf(INTEGRATION)('A1: users over REST', () => {
  const backend = useBackend();

  test('registration answers 201 with the new user as JSON', async () => {
    const response = await backend.api.post('/users').send(GRACE);
    expect(response.status).toBe(201);
    expect(response.headers['content-type']).toMatch(/^application\/json/);
    expect(response.headers.location).toBe(`/users/${response.body.id}`);
    expect(response.body).toEqual({
      id: expect.any(Number),
      email: GRACE.email,
      name: GRACE.name,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
  });

  test('no answer holds the password or its hash', async () => {
    const registration = { ...GRACE, password: 'secret-of-the-deep' };
    const created = await backend.api.post('/users').send(registration).expect(201);
    const read = await backend.api.get(`/users/${created.body.id}`).expect(200);
    const renamed = await backend.api.patch(`/users/${created.body.id}`).send({ name: 'Ada' }).expect(200);
    for (const { text } of [created, read, renamed]) {
      expect(text).not.toContain('secret-of-the-deep');
      expect(text).not.toMatch(/password|scrypt/i);
    }
  });

  test('the stored password is a hash, and verifies the password', async () => {
    const user = await createUser(backend, { password: 'secret-of-the-deep' });
    const { rows } = await backend.db.query('SELECT password_hash FROM users WHERE id = $1', [user.id]);
    expect(rows[0].password_hash).toMatch(/^scrypt\$[0-9a-f]{32}\$[0-9a-f]{64}$/);
    const change = backend.api.put(`/users/${user.id}/password`);
    await change.send({ current: 'secret-of-the-deep', next: 'another-secret' }).expect(204);
  });

  test('a user can be read, renamed and deleted', async () => {
    const user = await createUser(backend);
    const path = `/users/${user.id}`;
    expect((await backend.api.get(path).expect(200)).body).toEqual(user);
    expect((await backend.api.patch(path).send({ name: 'Ada' }).expect(200)).body).toEqual({ ...user, name: 'Ada' });
    expect((await backend.api.get(path).expect(200)).body.name).toBe('Ada');
    await backend.api.delete(path).expect(204, '');
    await backend.api.get(path).expect(404);
  });

  test('the password changes only for one who knows it', async () => {
    const user = await createUser(backend, { password: 'secret-of-the-deep' });
    const path = `/users/${user.id}/password`;
    const refused = await backend.api.put(path).send({ current: 'a guess', next: 'another-secret' }).expect(403);
    expect(refused.body.error.code).toBe('wrong_password');
    await backend.api.put(path).send({ current: 'secret-of-the-deep', next: 'another-secret' }).expect(204);
    await backend.api.put(path).send({ current: 'secret-of-the-deep', next: 'a-third-secret' }).expect(403);
  });
});
