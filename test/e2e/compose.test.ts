import { expect, test } from 'vitest';
import { seatrial } from './cli.ts';
import { findLeftovers } from './leftovers.ts';
import { program } from './programs.ts';
import { makeWorkspace } from './workspace.ts';

const COMPOSE = `
services:
  postgres:
    image: postgres:16
    environment:
      POSTGRES_USER: shopper
      POSTGRES_PASSWORD: "s3cret/word"
      POSTGRES_DB: shop
    ports: ["5433:5432"]
    volumes: [./db/init:/docker-entrypoint-initdb.d:ro]
    tmpfs: [/var/lib/postgresql/data]
    healthcheck:
      test: ["CMD-SHELL", "pg_isready -U shopper"]
      interval: 1s
  redis:
    image: redis:7-alpine
    command: redis-server --maxmemory 64mb
  app:
    build: .
    environment: { DATABASE_URL: "postgresql://shopper:s3cret%2Fword@postgres:5432/shop" }
    depends_on:
      postgres: { condition: service_healthy }
      redis: { condition: service_started }
`;

test('R7: A compose file is run as it is, without Docker: its user, database, init scripts and settings', async () => {
  const workspace = makeWorkspace({
    'docker-compose.test.yml': COMPOSE,
    Dockerfile: 'FROM node\n',
    'db/init/01-schema.sql': 'create extension pg_trgm; create table from_init (id int);\n',
    'db/init/02-data.sql': 'insert into from_init values (7);',
  });
  const script = `node ${program('sql.mjs')} 'select id, current_user as who, current_database() as db, current_setting($$server_version$$) as version from from_init' && node ${program('redis.mjs')} 'CONFIG GET maxmemory'`;

  const { code, stdout, stderr } = await seatrial(workspace, ['run', '--', 'sh', '-c', script], {
    env: { PATH: withoutDocker(workspace.env.PATH) },
  });

  expect(stdout).toMatch(/^\[\{"id":7,"who":"shopper","db":"shop","version":"16\./);
  expect(stdout).toContain('67108864');
  expect(stderr).toMatch(/postgres PostgreSQL 16\.\d+, embedded/);
  expect(stderr).toMatch(/app: an app to build, which this version does not start/);
  expect(stderr).toMatch(/the fixed port 5433 is not taken/);
  expect(code).toBe(0);
  expect(findLeftovers(workspace)).toEqual([]);
});

const WITH_TESTS = `
services:
  test-db:
    image: postgres:16
    environment: { POSTGRES_USER: test_user, POSTGRES_PASSWORD: test_pass, POSTGRES_DB: test_db }
  test-redis: { image: "redis:7-alpine" }
  tests:
    build: { context: . }
    command: python3 -m unittest -v test_env
    environment:
      DATABASE_URL: postgresql://test_user:test_pass@test-db:5432/test_db
      REDIS_URL: redis://test-redis:6379
      DB_HOST: test-db
      DB_PORT: 5432
      PRODUCTION_URL: postgresql://admin:secret@db.example.com:5432/prod
      MODE: ci
    depends_on: [test-db, test-redis]
`;

test('R18: A compose service that runs tests is the command, with the addresses in its environment rewritten', async () => {
  const workspace = makeWorkspace({
    'docker-compose.test.yml': WITH_TESTS,
    'test_env.py': `
import os, socket, unittest
from urllib.parse import urlsplit

class Environment(unittest.TestCase):
    def test_addresses(self):
        database, redis = urlsplit(os.environ["DATABASE_URL"]), urlsplit(os.environ["REDIS_URL"])
        self.assertEqual((database.username, database.password, database.path), ("test_user", "test_pass", "/test_db"))
        self.assertEqual((database.hostname, str(database.port)), (os.environ["DB_HOST"], os.environ["DB_PORT"]))
        for url in database, redis:
            self.assertEqual(url.hostname, "127.0.0.1")
            socket.create_connection((url.hostname, url.port), 5).close()
        self.assertEqual(os.environ["MODE"], "ci")
        self.assertNotIn("PRODUCTION_URL", os.environ)
        self.assertEqual(os.environ["RUN_INTEGRATION_TESTS"], "true")
`,
  });

  const { code, stderr } = await seatrial(workspace, ['run']);

  expect(stderr).toMatch(/test_addresses .*ok/);
  expect(stderr).toContain('the test command is that of tests: python3 -m unittest -v test_env');
  expect(stderr).toMatch(/PRODUCTION_URL=.*seen and not used/);
  expect(stderr).not.toContain('secret');
  expect(code).toBe(0);
});

test('A failing compose test service gives its exit code', async () => {
  const workspace = makeWorkspace({
    'compose.yaml': 'services:\n  cache: { image: redis:7 }\n  tests: { build: ., command: "sh -c \'pytest; exit 6\'" }\n',
  });

  expect((await seatrial(workspace, ['run'])).code).toBe(6);
});

function withoutDocker(path = ''): string {
  return path
    .split(':')
    .filter((folder) => !/docker/.test(folder))
    .join(':');
}
