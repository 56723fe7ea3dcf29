import { expect, test } from 'vitest';
import type { ConnectionFields } from '../../src/core/connection.ts';
import type { PlannedService } from '../../src/core/plan.ts';
import { composeEnv } from '../../src/session/compose-env.ts';
import { errorOf, resolveFiles } from '../helpers/project.ts';

const FILE = {
  'seatrial.yaml':
    'services: { db: postgres, cache: redis }\nenv: { A: "${db.url}", B: "${db.url} ${cache.url}", C: "$${db.url}", D: plain }\n',
};
const DB = { url: 'postgres://h', host: 'h', port: '1' };

test('a template of a service that is not up, or that another session serves, is left away', async () => {
  const config = await resolveFiles(FILE);
  const env = (fields: Parameters<typeof composeEnv>[0]['fields']) => {
    const { A, B, C, D } = composeEnv({ config, services: [], fields, runId: 'x' });
    return { A, B, C, D };
  };
  expect(env({})).toEqual({ A: undefined, B: undefined, C: '${db.url}', D: 'plain' });
  expect(env({ db: DB })).toEqual({ A: 'postgres://h', B: undefined, C: '${db.url}', D: 'plain' });
});

test('a field that a service does not have is an error which names those it has', async () => {
  const config = await resolveFiles({ 'seatrial.yaml': 'services: { db: postgres }\nenv: { A: "${db.uri}" }\n' });
  const error = await errorOf((async () => composeEnv({ config, services: [], fields: { db: DB }, runId: 'x' }))());
  expect(error).toMatchObject({ code: 'SEATRIAL_CONFIG_INVALID', hint: 'known names: db.url, db.host, db.port' });
});

test('the environment is marked as ours, so that a later run in the same shell knows it', async () => {
  const config = await resolveFiles({ 'seatrial.yaml': 'services: { db: postgres }\n' });
  expect(composeEnv({ config, services: [], fields: {}, runId: 'abc' })).toMatchObject({
    SEATRIAL_INJECTED: 'abc',
    SHOP_TEST_RUN_ID: 'abc',
  });
});

/** A planned service of a kind whose ecosystem reads ECOSYSTEM_URL, and which is a database; what a session never asks of it is not there. */
function planned(name: string, env: Readonly<Record<string, string>> = {}): PlannedService {
  const configured = { env: ({ url }: ConnectionFields) => ({ ECOSYSTEM_URL: url, TEST_DB_URL: url, ...env }) };
  return { config: { name, kind: 'postgres' }, configured } as unknown as PlannedService;
}

const ORDERS = { url: 'postgres://orders', host: 'h1', port: '1', user: 'app', password: 'p w', database: 'orders' };
const USERS = {
  url: 'postgres://users',
  host: 'h2',
  port: '2',
  user: 'app',
  password: 'x',
  database: 'users',
  jdbcUrl: 'jdbc:users',
};

test('of two services of a kind the first one that is up has the names of the ecosystem; each has its own', async () => {
  const config = await resolveFiles({ 'seatrial.yaml': 'services: { orders-db: postgres, users: postgres }\n' });
  const services = [planned('orders-db'), planned('users')];
  const both = composeEnv({ config, services, fields: { 'orders-db': ORDERS, users: USERS }, runId: 'x' });
  expect(both).toMatchObject({
    ECOSYSTEM_URL: 'postgres://orders',
    ORDERS_DB_URL: 'postgres://orders',
    ORDERS_DB_PASSWORD: 'p w',
    USERS_URL: 'postgres://users',
    USERS_JDBC_URL: 'jdbc:users',
    RUN_INTEGRATION_TESTS: 'true',
  });
  expect(composeEnv({ config, services, fields: { users: USERS }, runId: 'x' })).toMatchObject({
    ECOSYSTEM_URL: 'postgres://users',
  });
});

test('the configuration wins over the scripted names, those over the names by service, those over the ecosystem', async () => {
  const config = await resolveFiles({
    'seatrial.yaml':
      'services: { db: postgres }\nenv: { SHOP_TEST_DB_NAME: mine, RUN_INTEGRATION_TESTS: "no", FULL: "pg://${db.user}@${db.host}:${db.port}/${project}" }\n',
  });
  const services = [planned('db', { DB_HOST: 'ecosystem', SHOP_TEST_DB_HOST: 'ecosystem', SHOP_TEST_DB_USER: 'ecosystem' })];
  expect(composeEnv({ config, services, fields: { db: ORDERS }, runId: 'r7' })).toMatchObject({
    DB_HOST: 'h1',
    SHOP_TEST_RUN_ID: 'r7',
    SHOP_TEST_CONTAINER: 'shop-db-test-r7',
    SHOP_TEST_DB_HOST: 'h1',
    SHOP_TEST_DB_PORT: '1',
    SHOP_TEST_DB_USER: 'app',
    SHOP_TEST_DB_PASS: 'p w',
    SHOP_TEST_DB_NAME: 'mine',
    RUN_INTEGRATION_TESTS: 'no',
    FULL: 'pg://app@h1:1/shop',
  });
});
