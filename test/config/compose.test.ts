import path from 'node:path';
import { expect, test } from 'vitest';
import { errorOf, makeProject, resolve, resolveFiles } from '../helpers/project.ts';

const FIXTURES = path.join(import.meta.dirname, '../fixtures/config');

test('a compose file with PostgreSQL, Redis and an app gives both services with their settings (R7)', async () => {
  const root = path.join(FIXTURES, 'compose-app');
  const config = await resolve(root, { env: { DB_PASS: 'from-shell' } });
  expect(config.source).toBe('docker-compose.test.yml');
  expect(config.services).toMatchObject([
    {
      ...{ name: 'db', kind: 'postgres', version: '16', image: 'postgres:16', composeName: 'db', port: undefined },
      origin: 'docker-compose.test.yml (service db)',
      options: { user: 'shop', password: 'from-shell', database: 'shop_test' },
      init: [path.join(root, 'init')],
    },
    { name: 'redis', kind: 'redis', version: '7', image: 'redis:7-alpine' },
    { name: 'mail', kind: 'smtp', image: 'axllent/mailpit:v1.20' },
  ]);
  expect(config.test.command).toBeUndefined();
  expect(config.notes.map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
    'ignored: db: the fixed port 5433 is not taken, a free one is; `--port db=5433` keeps it',
    'ignored: mail: only its SMTP port is served: mails are looked at through Seatrial, not on a web page',
    'ignored: app: an app to build, which this version does not start',
  ]);
});

test('a service whose command is a test runner is the test command, its addresses are ours (R18)', async () => {
  const root = path.join(FIXTURES, 'compose-tests');
  const config = await resolve(root, { env: { PROD_DATABASE_URL: 'postgres://admin:hunter2@prod.example/main' } });
  expect(config.test).toEqual({
    command: ['pytest', '-v', path.join(root, 'tests')],
    cwd: root,
    isolation: 'run',
    origin: 'docker-compose.test.yml (service tests)',
  });
  expect(config.env).toEqual({
    DATABASE_URL: 'postgresql+asyncpg://test_user:test_pass@${test-db.host}:${test-db.port}/${test-db.database}',
    REDIS_URL: 'redis://${test-redis.host}:${test-redis.port}/0',
    DB_HOST: '${test-db.host}',
    DB_PORT: '${test-db.port}',
    DB_NAME: '${test-db.database}',
    LOG_LEVEL: 'debug',
    PRICE: '5$$',
  });
  expect(config.services.map(({ name }) => name)).toEqual(['test-db', 'test-redis']);
  const unused = config.notes.filter(({ kind }) => kind === 'unused').map(({ text }) => text);
  expect(unused).toEqual([
    'PROD_DATABASE_URL=postgres://admin:***@prod.example/main names a server that is not in the file: seen and not used',
    'PROD_DATABASE_URL in the environment names prod.example/main: seen and not used',
  ]);
});

test('a command after -- wins over the one in the compose file', async () => {
  const config = await resolve(path.join(FIXTURES, 'compose-tests'), { command: ['pytest', '-x'] });
  expect(config.test.command).toEqual(['pytest', '-x']);
});

test('env_file, .env, lists, anchors, extends and secrets are read as compose reads them', async () => {
  const files = {
    '.env': 'TAG=17\nPOSTGRES_DB=from_dotenv\n',
    'db.env': '# the database\nPOSTGRES_USER="ann"\nPOSTGRES_DB=from_file\n',
    'secret.txt': 's3cret\n',
    'compose.yaml': `
x-env: &env { POSTGRES_DB: "\${POSTGRES_DB}" }
secrets: { pw: { file: secret.txt } }
services:
  base: { image: "postgres:\${TAG:?no tag}", env_file: [db.env, { path: gone.env, required: false }] }
  db:
    extends: { service: base }
    environment: { <<: *env, POSTGRES_PASSWORD_FILE: /run/secrets/pw, POSTGRES_USER: }
`,
  };
  const config = await resolveFiles(files, { env: { POSTGRES_USER: 'bea' } });
  const db = config.services.find(({ name }) => name === 'db');
  const base = config.services.find(({ name }) => name === 'base');
  expect(base).toMatchObject({ version: '17', options: { user: 'ann', database: 'from_file' } });
  expect(db).toMatchObject({ version: '17', options: { user: 'bea', database: 'from_dotenv', password: 's3cret' } });
});

test('what cannot be honoured is said in one line each', async () => {
  const config = await resolveFiles({
    'compose.yaml': `
include: [other.yaml]
services:
  db:
    image: mirror.example:5000/library/postgres:latest
    env_file: gone.env
    environment: { POSTGRES_PASSWORD: "\${NOT_SET}" }
    sysctls: { net.core.somaxconn: 1024 }
    extra_hosts: [a:1.2.3.4]
    extends: { file: base.yaml, service: db }
    healthcheck: { test: [CMD, /bin/check.sh] }
  tool: { image: postgres:16, profiles: [tools] }
`,
    'compose.override.yaml': 'services: {}\n',
  });
  expect(config.services.map(({ name, version }) => [name, version])).toEqual([['db', undefined]]);
  expect(config.notes.map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
    'ignored: compose.yaml: include is not followed',
    'ignored: tool: its profile (tools) is not in COMPOSE_PROFILES',
    'warning: compose.yaml: the variable NOT_SET is not set and taken as empty',
    'ignored: db: env_file gone.env is not there',
    'ignored: db: its own healthcheck is not run; it counts as ready when it has answered a login and a query on port 5432',
    'ignored: db: what it extends in base.yaml is not read',
    'ignored: db: sysctls, extra_hosts are not honoured: it runs as a process, not in a container',
    'ignored: compose.override.yaml is not merged into compose.yaml',
  ]);
});

test('a required variable without a value is an error where it is used, and nowhere else', async () => {
  const yaml = 'services:\n  db: { image: "postgres:${V:?say which}" }\n  other: { image: "x:${W:?}", profiles: [p] }\n';
  const error = await errorOf(resolveFiles({ 'compose.yaml': yaml }));
  expect(error).toMatchObject({
    code: 'SEATRIAL_CONFIG_INVALID',
    message: 'compose.yaml:2:16: services.db.image: the variable V is required: say which',
  });
  expect((await resolveFiles({ 'compose.yaml': yaml }, { env: { V: '16' } })).services[0]?.version).toBe('16');
});

test('an active profile brings its services', async () => {
  const files = { 'compose.yaml': 'services:\n  db: { image: postgres:16, profiles: [a, b] }\n  r: { image: redis }\n' };
  expect((await resolveFiles(files)).services.map(({ name }) => name)).toEqual(['r']);
  expect((await resolveFiles(files, { env: { COMPOSE_PROFILES: 'b' } })).services.map(({ name }) => name)).toEqual(['db', 'r']);
});

test('a compose file that has nothing for us gives way to the manifests, and says so', async () => {
  const config = await resolveFiles({
    'compose.yaml': 'services: { mq: { image: vendor/broker:4 } }\n',
    'requirements.txt': 'redis\n',
  });
  expect(config.services.map(({ kind }) => kind)).toEqual(['redis']);
  expect(config.notes[0]?.text).toBe(
    'mq: the image vendor/broker:4 is of no kind that Seatrial knows; declare it in seatrial.yaml, with its ports, to run it in a container',
  );
});

test('compose files for tests come before those for development', async () => {
  const root = makeProject({
    'docker-compose.yml': 'services: { dev: { image: redis } }\n',
    'compose.test.yaml': 'services: { t: { image: redis } }\n',
  });
  expect((await resolve(root)).services.map(({ name }) => name)).toEqual(['t']);
});

test('a compose file that is none is an error with its line', async () => {
  expect((await errorOf(resolveFiles({ 'compose.yaml': 'services:\n  db: postgres\n' }))).message).toBe(
    'compose.yaml:2:7: services.db: expected the keys of a service, found "postgres"',
  );
});

test('a Dockerfile tells the test command, and the image that a database is built from', async () => {
  const config = await resolveFiles({
    'compose.yaml': `
services:
  db: { build: ./db }
  tests: { build: { context: ., target: test }, environment: { DATABASE_URL: "postgres://postgres:pw@db/postgres" } }
  web: { build: . }
`,
    'db/Dockerfile':
      'ARG X=1\nFROM --platform=linux/amd64 postgres:17-alpine AS base\nFROM base\nCOPY init.sql /docker-entrypoint-initdb.d/\n',
    Dockerfile: 'FROM node:24 AS build\nFROM build AS test\nCMD ["npm", \\\n  "test"]\nFROM build\nCMD node server.js\n',
  });
  expect(config.services.map(({ name, image, version }) => [name, image, version])).toEqual([['db', 'postgres:17-alpine', '17']]);
  expect(config.test.command).toEqual(['npm', 'test']);
  expect(config.env.DATABASE_URL).toBe('postgres://postgres:pw@${db.host}:${db.port}/${db.database}');
  expect(config.notes.filter(({ kind }) => kind === 'ignored').map(({ text }) => text)).toEqual([
    'db: its Dockerfile is not built, only postgres:17-alpine of it is used',
    'web: an app to build, which this version does not start',
  ]);
});

test('the environment of the test service leaves its container: mounted paths are ours, its PATH is not', async () => {
  const root = makeProject({
    'compose.yaml':
      'services:\n  t: { image: "python:3.13", command: pytest, volumes: [".:/code"], working_dir: /code/sub, environment: { PYTHONPATH: "/code/src:/code", PATH: /venv/bin, X: "a:/code" } }\n',
    'sub/x.py': '',
  });
  const config = await resolve(root);
  expect(config.env).toEqual({ PYTHONPATH: `${root}/src:${root}`, X: 'a:/code' });
  expect(config.test.cwd).toBe(path.join(root, 'sub'));
  expect(config.notes[0]?.text).toBe('t: PATH would fit its container only');
});
