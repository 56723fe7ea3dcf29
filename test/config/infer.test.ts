import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseRequirement } from '../../src/config/infer/manifest.ts';
import { parseToml } from '../../src/config/infer/parse-toml.ts';
import { makeProject, resolve, resolveFiles } from '../helpers/project.ts';

const FIXTURES = path.join(import.meta.dirname, '../fixtures/config');

test('a FastAPI project needs what its pyproject.toml names, extras of groups included', async () => {
  const config = await resolve(path.join(FIXTURES, 'fastapi'));
  expect(config.project.name).toBe('blog-api');
  expect(config.source).toBe('pyproject.toml');
  expect(config.services.map(({ name, kind, origin }) => [name, kind, origin])).toEqual([
    ['db', 'postgres', 'pyproject.toml (psycopg)'],
    ['redis', 'redis', 'pyproject.toml (celery[redis])'],
  ]);
  expect(config.notes.map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
    'inferred: db: postgres, because pyproject.toml names psycopg',
    'inferred: redis: redis, because pyproject.toml names celery[redis]',
  ]);
});

test('an Express project needs what its package.json names', async () => {
  const config = await resolve(path.join(FIXTURES, 'express'));
  expect(config.project.name).toBe('orders-api');
  expect(config.services.map(({ name, origin }) => [name, origin])).toEqual([
    ['db', 'package.json (pg)'],
    ['redis', 'package.json (ioredis)'],
  ]);
});

test.each([
  [{ 'package.json': '{"dependencies":{"kafkajs":"2"}}' }, 'package.json (kafkajs)'],
  [{ 'requirements.txt': 'aiokafka>=0.12\n' }, 'requirements.txt (aiokafka)'],
  [
    { 'pyproject.toml': '[project]\nname = "x"\ndependencies = ["confluent-kafka[avro]>=2"]\n' },
    'pyproject.toml (confluent-kafka)',
  ],
])('Kafka is seen by its clients: %j', async (files, origin) => {
  const { services } = await resolveFiles(files);
  expect(services.map((service) => [service.name, service.kind, service.origin])).toEqual([['kafka', 'kafka', origin]]);
});

describe('MariaDB is seen in', () => {
  test.each([
    ['a Node project', { 'package.json': '{"dependencies":{"mysql2":"3"}}' }, 'package.json (mysql2)'],
    ['a Python project', { 'requirements.txt': 'Django\nmysqlclient>=2\n' }, 'requirements.txt (mysqlclient)'],
    [
      "Prisma's schema",
      {
        'package.json': '{"dependencies":{"@prisma/client":"6"}}',
        'prisma/schema.prisma': 'datasource db {\n  provider = "mysql"\n  url = env("DATABASE_URL")\n}\n',
      },
      'package.json (@prisma/client, provider mysql)',
    ],
  ])('%s', async (_, files, origin) => {
    const { services } = await resolveFiles(files);
    expect(services.map((service) => [service.name, service.kind, service.origin])).toEqual([['db', 'mariadb', origin]]);
  });

  test('a project with two kinds of database, each under a name of its own', async () => {
    const { services } = await resolveFiles({ 'requirements.txt': 'psycopg\npymysql\n' });
    expect(services.map(({ name, kind }) => [name, kind])).toEqual([
      ['db', 'postgres'],
      ['mariadb', 'mariadb'],
    ]);
  });

  test('migrations of Prisma, when its schema is for MySQL', async () => {
    const files = {
      'package.json': '{"dependencies":{"@prisma/client":"6"}}',
      'prisma/schema.prisma': 'datasource db {\n  provider = "mysql"\n  url = env("DATABASE_URL")\n}\n',
      'prisma/migrations/1_init/migration.sql': '',
    };
    const { services } = await resolveFiles(files);
    expect(services[0]?.migrate).toMatchObject([{ argv: ['prisma', 'migrate', 'deploy'], inferred: true }]);
  });
});

describe('PostgreSQL and Redis are seen in', () => {
  test.each([
    [
      'requirements.txt with options and hashes',
      { 'requirements.txt': '-i https://x/simple\npsycopg2-binary==2.9 \\\n  --hash=sha256:a\nDjango_Redis>=5 # cache\n' },
    ],
    [
      'requirements that include others',
      { 'requirements-dev.txt': '-r requirements/base.in\n', 'requirements/base.in': 'asyncpg\nrq\n' },
    ],
    [
      'poetry',
      {
        'pyproject.toml':
          '[tool.poetry]\nname = "x"\n[tool.poetry.dependencies]\npython = "^3.12"\nasyncpg = "*"\n[tool.poetry.group.dev.dependencies]\ncelery = { version = "^5", extras = ["redis"] }\n',
      },
    ],
    ['Pipfile', { Pipfile: '[packages]\npg8000 = "*"\n[dev-packages]\nredis = {extras = ["hiredis"], version = "*"}\n' }],
    [
      'setup.cfg',
      {
        'setup.cfg':
          '[metadata]\nname = x\n[options]\ninstall_requires =\n    psycopg[c]>=3\n    redis\n[options.extras_require]\ndev = pytest\n',
      },
    ],
    ['setup.py', { 'setup.py': "setup(\n  name='x',\n  install_requires=[\n    'psycopg2>=2',\n    \"redis\",\n  ],\n)\n" }],
    [
      'Prisma and BullMQ',
      {
        'package.json': '{"dependencies":{"@prisma/client":"6","bullmq":"5"}}',
        'prisma/schema.prisma': 'datasource db {\n  provider = "postgresql"\n  url = env("OTHER")\n}\n',
      },
    ],
    [
      'a backend beside a front end',
      { 'package.json': '{"devDependencies":{"vite":"7"}}', 'backend/requirements.txt': 'psycopg\narq\n' },
    ],
  ])('%s', async (_, files) => {
    const config = await resolveFiles(files);
    expect(config.services.map(({ kind }) => kind)).toEqual(['postgres', 'redis']);
  });
});

test('nothing is seen in packages that need no server', async () => {
  const config = await resolveFiles({
    'package.json': '{"dependencies":{"prisma":"6","better-sqlite3":"1","ioredis-mock":"8","pg-mem":"3"}}',
    'prisma/schema.prisma': 'datasource db { provider = "sqlite" }',
    'requirements.txt': 'sqlalchemy\nfakeredis\ntestcontainers[postgres,redis]\n# psycopg\n',
    'broken/package.json': '{',
  });
  expect(config.services).toEqual([]);
  expect(config.source).toBe('nothing found');
});

test('what the suite starts by Testcontainers is not started a second time, and that is said', async () => {
  const node = '{"dependencies":{"pg":"8","ioredis":"6"},"devDependencies":{"@testcontainers/postgresql":"12"}}';
  const config = await resolveFiles({ 'package.json': node, 'requirements.txt': 'pymysql\ntestcontainers[mysql]\n' });
  expect(config.services.map(({ kind }) => kind)).toEqual(['redis']);
  expect(config.notes.map(({ text }) => text)).toEqual(
    expect.arrayContaining([
      'no postgres: the suite starts its own, as package.json names @testcontainers/postgresql; `--service postgres` starts one all the same',
      expect.stringContaining('requirements.txt names testcontainers[mysql]'),
    ]),
  );
});

test('the origin names the sub-project, and the name is that of its manifest', async () => {
  const config = await resolveFiles({
    'backend/pyproject.toml': '[project]\nname = "Shop.Backend"\ndependencies = ["psycopg"]\n',
  });
  expect(config.services[0]?.origin).toBe('backend/pyproject.toml (psycopg)');
  expect(config.project.name).toBe('shop-backend');
});

test('a project without a name is called by its folder', async () => {
  expect((await resolveFiles({ 'requirements.txt': 'redis\n' })).project.name).toBe('shop');
});

test('manifests are looked for upward too', async () => {
  const root = makeProject({ 'package.json': '{"dependencies":{"pg":"8"}}', 'test/a.js': '' });
  const config = await resolve(path.join(root, 'test'));
  expect(config.services.map(({ origin }) => origin)).toEqual(['package.json (pg)']);
  expect(config.project.root).toBe(root);
});

describe('a migration is inferred', () => {
  const ini = '[alembic]\nscript_location = %(here)s/migrations\n';
  test('from Alembic when env.py takes its URL from a variable of ours', async () => {
    const config = await resolveFiles({
      'requirements.txt': 'psycopg\nalembic\n',
      'alembic.ini': ini,
      'migrations/env.py': '# os.environ["PROD_URL"]\nurl = os.environ.get("DATABASE_URL", "postgres://localhost/dev")\n',
    });
    expect(config.services[0]?.migrate).toMatchObject([
      { kind: 'command', argv: ['alembic', 'upgrade', 'head'], cwd: config.project.root, tool: 'alembic', inferred: true },
    ]);
    expect(config.notes.at(-1)?.text).toBe(
      'db: migrated by `alembic upgrade head`, because alembic.ini is there and its URL comes from DATABASE_URL',
    );
  });

  test.each([
    ['stands in a file', 'config.get_main_option("sqlalchemy.url")', 'where its URL comes from is not plain'],
    [
      'may come from another variable',
      'os.getenv("PROD_DATABASE_URL") or os.environ["DATABASE_URL"]',
      'its URL may come from PROD_DATABASE_URL, DATABASE_URL',
    ],
  ])('not when the URL %s, and that is said', async (_, program, why) => {
    const config = await resolveFiles({ 'requirements.txt': 'psycopg\n', 'alembic.ini': ini, 'migrations/env.py': program });
    expect(config.services[0]?.migrate).toEqual([]);
    expect(config.notes.at(-1)).toMatchObject({ kind: 'ignored', text: expect.stringContaining(why) });
  });

  test('from Prisma when the schema takes its URL from a variable of ours', async () => {
    const files = (url: string) => ({
      'package.json': '{"dependencies":{"@prisma/client":"6"}}',
      'prisma/schema.prisma': `datasource db {\n  provider = "postgresql"\n  url = ${url}\n}\n`,
      'prisma/migrations/1/migration.sql': '',
    });
    expect((await resolveFiles(files('env("DATABASE_URL")'))).services[0]?.migrate).toMatchObject([
      { argv: ['prisma', 'migrate', 'deploy'], tool: 'prisma', inferred: true },
    ]);
    expect((await resolveFiles(files('"postgres://prod/x"'))).services[0]?.migrate).toEqual([]);
  });

  test('never beside a configuration that names the services', async () => {
    const config = await resolveFiles({
      'seatrial.yaml': 'services: { db: postgres }\n',
      'alembic.ini': ini,
      'migrations/env.py': 'os.environ["DATABASE_URL"]',
    });
    expect(config.services[0]?.migrate).toEqual([]);
  });
});

test('as much of TOML as manifests use is read', () => {
  expect(
    parseToml(
      'a = 1 # x\n"quoted key" = \'raw \\n\'\nlist = [\n  "one", # c\n  [\'two\'],\n]\n[t."x.y"]\nb = { c = "d", e = [1, 2] }\nlong = """\nm\n"""\n[[skip]]\nz = 1\n[t]\nf.g = true\n',
    ),
  ).toEqual({
    a: '1',
    'quoted key': 'raw \\n',
    list: ['one', ['two']],
    t: { 'x.y': { b: { c: 'd', e: ['1', '2'] }, long: '\nm\n' }, f: { g: 'true' } },
  });
});

test('text that is not TOML ends the reading and never hangs', () => {
  for (const text of ['{{{', 'a = [', 'a = [}', '[', '= =', 'a = {b', '"', 'x = [[[[', 'a = [=]', '\u0000'])
    expect(() => parseToml(text), text).not.toThrow();
});

test.each([
  ['psycopg', { name: 'psycopg', extras: [] }],
  ['Celery[redis, SQS]>=5; python_version < "4"', { name: 'celery', extras: ['redis', 'sqs'] }],
  ['ruamel.yaml_clib ~= 0.2', { name: 'ruamel-yaml-clib', extras: [] }],
  ['pkg @ https://host/pkg.whl', { name: 'pkg', extras: [] }],
  ['-e .', undefined],
  ['https://host/psycopg.whl', undefined],
  ['# psycopg', undefined],
])('the requirement %s is understood', (text, expected) => {
  expect(parseRequirement(text)).toEqual(expected);
});
