import { describe, expect, test } from 'vitest';
import { useBackend } from '../helpers/backend.ts';
import { createUser, GRACE } from '../helpers/factories.ts';
import { INTEGRATION } from '../helpers/integration.ts';

describe.runIf(INTEGRATION)('A2: what the API refuses', () => {
  const backend = useBackend();

  test.each([
    ['email', { email: 'not an address' }],
    ['name', { name: '  ' }],
    ['password', { password: 'short' }],
  ])('a registration with a bad %s is 400 and names that field alone', async (field, change) => {
    const response = await backend.api
      .post('/users')
      .send({ ...GRACE, ...change })
      .expect(400);
    expect(response.body.error.code).toBe('validation_failed');
    expect(Object.keys(response.body.error.fields)).toEqual([field]);
  });

  test('a registration without any field names each of them', async () => {
    const response = await backend.api.post('/users').send({}).expect(400);
    expect(Object.keys(response.body.error.fields).sort()).toEqual(['email', 'name', 'password']);
  });

  test('a body that is not JSON is 400', async () => {
    const response = await backend.api.post('/users').type('json').send('{"email": ').expect(400);
    expect(response.body.error.code).toBe('malformed_json');
  });

  test('a user that does not exist is 404, whatever is asked of it', async () => {
    const { id } = await createUser(backend);
    await backend.api.delete(`/users/${id}`).expect(204);
    for (const answer of await Promise.all([
      backend.api.get(`/users/${id}`),
      backend.api.patch(`/users/${id}`).send({ name: 'Ada' }),
      backend.api.delete(`/users/${id}`),
    ])) {
      expect(answer.status).toBe(404);
      expect(answer.body).toEqual({ error: { code: 'user_not_found', fields: {} } });
    }
  });

  test('an id that is not a number is 400', async () => {
    const response = await backend.api.get('/users/first').expect(400);
    expect(Object.keys(response.body.error.fields)).toEqual(['id']);
  });

  test('a second registration of an e-mail is 409, in capitals too', async () => {
    await createUser(backend);
    const again = { ...GRACE, email: GRACE.email.toUpperCase() };
    const response = await backend.api.post('/users').send(again).expect(409);
    expect(response.body).toEqual({ error: { code: 'duplicate', fields: { email: 'is taken' } } });
  });

  test('of many registrations of one e-mail at the same time exactly one succeeds', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => backend.api.post('/users').send(GRACE)));
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409, 409, 409, 409]);
  });
});
