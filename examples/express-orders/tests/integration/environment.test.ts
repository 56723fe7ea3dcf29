import { describe, expect, test } from 'vitest';
import { useBackend } from '../helpers/backend.ts';
import { UNDER_SEATRIAL } from '../helpers/integration.ts';

describe.runIf(UNDER_SEATRIAL)('R12: the environment that `seatrial run` sets (skipped without it)', () => {
  const backend = useBackend();
  const env = process.env;

  test('every name of the database leads to the one that the app uses', async () => {
    expect(env.TEST_DATABASE_URL).toBe(env.DATABASE_URL);
    expect(env.TEST_DB_URL).toBe(env.DATABASE_URL);
    const { rows } = await backend.db.query(
      'SELECT current_database() AS name, current_user AS user, inet_server_port() AS port',
    );
    expect(rows[0]).toEqual({
      name: env.EXPRESS_ORDERS_TEST_DB_NAME,
      user: env.EXPRESS_ORDERS_TEST_DB_USER,
      port: Number(env.EXPRESS_ORDERS_TEST_DB_PORT),
    });
  });

  test('host and password are those of the URL', () => {
    const url = new URL(env.DATABASE_URL ?? '');
    expect(env.EXPRESS_ORDERS_TEST_DB_HOST).toBe(url.hostname);
    expect(env.EXPRESS_ORDERS_TEST_DB_PASS).toBe(decodeURIComponent(url.password));
  });

  test('user and password are the documented defaults', () => {
    expect(env.EXPRESS_ORDERS_TEST_DB_USER).toBe('testuser');
    expect(env.EXPRESS_ORDERS_TEST_DB_PASS).toBe('testpass');
  });

  test('the URL of Redis has its second name too', () => {
    expect(env.TEST_REDIS_URL).toBe(env.REDIS_URL);
  });
});
