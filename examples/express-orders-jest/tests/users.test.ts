import { api, GRACE, stores } from './backend.ts';

// Every test registers the same Grace. Nobody deletes her: each test starts with the products of the seed and nothing else.

describe('A10: users with Jest, ts-jest and supertest', () => {
  test('registration answers 201 with the new user', async () => {
    const response = await api.post('/users').send(GRACE).expect(201);
    expect(response.body).toMatchObject({ email: GRACE.email, name: 'Grace' });
  });

  test('an address registers once', async () => {
    await api.post('/users').send(GRACE).expect(201);
    await api.post('/users').send(GRACE).expect(409);
  });

  test('the database, the cache and the queue are empty when a test begins', async () => {
    const { rows } = await stores.db.query('SELECT count(*)::int AS users FROM users');
    expect(rows).toEqual([{ users: 0 }]);
    expect(await stores.redis.dbsize()).toBe(0);
  });

  test('the first user of each test has the same id', async () => {
    expect((await api.post('/users').send(GRACE)).body.id).toBe(1);
  });
});
