import { expect, test } from 'vitest';
import { errorOf, resolveFiles } from '../helpers/project.ts';

const FILE = {
  'seatrial.yaml': 'project: orders-api\nservices: { cache: redis, db: { use: postgres, user: ann, port: 5000 } }\n',
};

test('what teams script by hand is honoured for the first database (R12)', async () => {
  const config = await resolveFiles(FILE, {
    env: {
      ORDERS_API_TEST_RUN_ID: 'ci-42',
      ORDERS_API_TEST_CONTAINER: 'orders-db',
      ORDERS_API_TEST_DB_PORT: '5433',
      ORDERS_API_TEST_DB_USER: 'bob',
      ORDERS_API_TEST_DB_PASS: 'pw',
      ORDERS_API_TEST_DB_NAME: 'things',
    },
  });
  expect(config).toMatchObject({ runId: 'ci-42', containerName: 'orders-db' });
  expect(config.services[0]).toMatchObject({ name: 'cache', port: undefined, options: {} });
  expect(config.services[1]).toMatchObject({ port: 5433, options: { user: 'bob', password: 'pw', database: 'things' } });
});

test('the variables of another project say nothing', async () => {
  const config = await resolveFiles(FILE, { env: { SHOP_TEST_DB_PORT: '1', TEST_DB_PORT: '2' } });
  expect(config.services[1]?.port).toBe(5000);
  expect(config.runId).toBeUndefined();
});

test('a port or run id that is none is refused by its name', async () => {
  for (const [name, value] of [
    ['DB_PORT', '99999'],
    ['DB_PORT', 'x'],
    ['RUN_ID', '../..'],
  ])
    expect(await errorOf(resolveFiles(FILE, { env: { [`ORDERS_API_TEST_${name}`]: value } }))).toMatchObject({
      code: 'SEATRIAL_OPTION_INVALID',
      message: `ORDERS_API_TEST_${name} is "${value}"`,
    });
});

test('inside a session they are our own and say nothing, nor do the addresses', async () => {
  const env = {
    SEATRIAL_SESSION: 'x',
    ORDERS_API_TEST_DB_PORT: '5433',
    ORDERS_API_TEST_RUN_ID: 'x',
    DATABASE_URL: 'postgres://u:p@h/x',
  };
  const config = await resolveFiles(FILE, { env });
  expect(config.services[1]?.port).toBe(5000);
  expect(config).toMatchObject({ runId: undefined, notes: [] });
});

test('an address in the environment or in .env is said and never used (R11, R17)', async () => {
  const config = await resolveFiles(
    {
      'requirements.txt': 'psycopg\n',
      'backend/.env': 'DATABASE_URL=postgres://dev.example/x\n',
      '.env':
        'DATABASE_URL=postgresql+asyncpg://dev:hunter2@localhost:5432/shop_dev\nCACHE="redis://:topsecret@cache.example:6379/0"\nDB_HOST=prod.example\nSITE=https://example.com\n',
    },
    { env: { TEST_DATABASE_URL: 'postgres://ci:hunter3@ci:5432/x', PGHOST: '/run/postgresql' } },
  );
  expect(config.services.map(({ name, url }) => [name, url])).toEqual([['db', undefined]]);
  const unused = config.notes.filter(({ kind }) => kind === 'unused');
  expect(unused.map(({ text }) => text)).toEqual([
    'TEST_DATABASE_URL in the environment names ci:5432/x: seen and not used',
    'PGHOST in the environment names /run/postgresql: seen and not used',
    'CACHE in .env names cache.example:6379/0: seen and not used',
    'DATABASE_URL in .env names localhost:5432/shop_dev: seen and not used',
    'DB_HOST in .env names prod.example: seen and not used',
    'DATABASE_URL in backend/.env names dev.example/x: seen and not used',
  ]);
  expect(JSON.stringify(config)).not.toMatch(/hunter2|hunter3|topsecret/);
});

test('an address that a flag names is used and not spoken of', async () => {
  const url = 'postgres://ci:pw@ci:5432/x';
  const config = await resolveFiles({ 'requirements.txt': 'psycopg\n' }, { env: { DATABASE_URL: url }, external: [`db=${url}`] });
  expect(config.services[0]?.url).toBe(url);
  expect(config.notes.filter(({ kind }) => kind === 'unused')).toEqual([]);
});
