import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { errorOf, makeProject, resolve, resolveFiles } from '../helpers/project.ts';

const COMPOSE = 'services: { db: { image: postgres:16 } }\n';
const MANIFEST = '{ "name": "shop", "dependencies": { "ioredis": "5" } }';

test('a file of ours wins over a compose file, and that over a manifest', async () => {
  const files = { 'seatrial.yaml': 'services: { store: postgres@17 }\n', 'compose.yaml': COMPOSE, 'package.json': MANIFEST };
  const root = makeProject(files);
  expect((await resolve(root)).services.map(({ name }) => name)).toEqual(['store']);
  fs.rmSync(path.join(root, 'seatrial.yaml'));
  expect((await resolve(root)).services.map(({ name, image }) => [name, image])).toEqual([['db', 'postgres:16']]);
  fs.rmSync(path.join(root, 'compose.yaml'));
  expect((await resolve(root)).services.map(({ kind }) => kind)).toEqual(['redis']);
  fs.rmSync(path.join(root, 'package.json'));
  expect((await resolve(root)).services).toEqual([]);
});

test('every value keeps where it came from, with its line', async () => {
  const config = await resolveFiles({
    'seatrial.yaml':
      'project: Shop API\nservices:\n  db:\n    use: postgres@18\n    seed: seed.sql\n  cache: redis\ntest:\n  command: "pytest -k \'a b\'"\n',
  });
  expect(config.project.name).toBe('shop-api');
  expect(config.services.map(({ name, kind, version, origin }) => [name, kind, version, origin])).toEqual([
    ['db', 'postgres', '18', 'seatrial.yaml:3'],
    ['cache', 'redis', undefined, 'seatrial.yaml:6'],
  ]);
  expect(config.services[0]?.seed).toEqual([
    { kind: 'sql', path: path.join(config.project.root, 'seed.sql'), origin: 'seatrial.yaml:5' },
  ]);
  expect(config.test).toMatchObject({ command: ['pytest', '-k', 'a b'], isolation: 'run', origin: 'seatrial.yaml:7' });
  expect(config.drivers).toEqual(['embedded', 'native', 'docker', 'external']);
  expect(config.idleMs).toBe(8 * 3_600_000);
});

test('the result is frozen all the way down', async () => {
  const config = await resolveFiles({ 'seatrial.yaml': 'services: { db: { use: postgres, settings: { work_mem: 8MB } } }\n' });
  expect(() => Object.assign(config.services[0]?.options.settings as object, { work_mem: '1MB' })).toThrow(TypeError);
});

test('the file is looked for upward to the git root and not beyond', async () => {
  const root = makeProject({
    'seatrial.yaml': 'services: { db: postgres }\n',
    'tests/unit/x.txt': '',
    'inner/.git/HEAD': '',
    'inner/y.txt': '',
  });
  const config = await resolve(path.join(root, 'tests', 'unit'));
  expect(config.services[0]?.origin).toBe('../../seatrial.yaml:1');
  expect(config.project.root).toBe(root);
  expect(config.test.cwd).toBe(path.join(root, 'tests', 'unit'));
  expect((await resolve(path.join(root, 'inner'))).services).toEqual([]);
});

test('--config names the file; one that is not there is said', async () => {
  const root = makeProject({ 'seatrial.yaml': 'services: { db: postgres }\n', 'ci/other.yml': 'services: { r: redis }\n' });
  expect((await resolve(root, { configFile: 'ci/other.yml' })).services.map(({ name }) => name)).toEqual(['r']);
  expect(await errorOf(resolve(root, { configFile: 'nope.yaml' }))).toMatchObject({
    code: 'SEATRIAL_CONFIG_NOT_FOUND',
    message: expect.stringContaining('nope.yaml'),
  });
  expect((await errorOf(resolve(root, { configFile: 'nope.config.ts' }))).code).toBe('SEATRIAL_CONFIG_NOT_FOUND');
});

test('a file without services leaves them to be found, and its own lines count', async () => {
  const config = await resolveFiles({ 'seatrial.yaml': 'test: { isolation: worker }\n', 'compose.yaml': COMPOSE });
  expect(config.services.map(({ origin }) => origin)).toEqual(['compose.yaml (service db)']);
  expect(config.test.isolation).toBe('worker');
});

test('a TypeScript configuration is read with its types stripped', async () => {
  const config = await resolveFiles({
    'seatrial.config.ts':
      "const version: string = '16';\nexport default { services: { db: { use: `postgres@${version}`, port: 5432 } } } as const;\n",
  });
  expect(config.services[0]).toMatchObject({ kind: 'postgres', version: '16', port: 5432, origin: 'seatrial.config.ts' });
});

test('JSON is read too, with lines', async () => {
  const config = await resolveFiles({ 'seatrial.json': '{\n  "services": {\n    "db": "postgres"\n  }\n}\n' });
  expect(config.services[0]?.origin).toBe('seatrial.json:3');
});

test('every key of a service and of the file arrives', async () => {
  const config = await resolveFiles({
    'seatrial.yaml': `
services:
  db:
    use: postgres@18
    drivers: [native]
    init: init
    migrate: [migrations, { command: poetry run alembic upgrade head, cwd: backend, inputs: [alembic] }]
    seed: { command: psql < x.sql, shell: true }
    database: things
    extensions: citext
  old: { url: "postgres://u:p@ci:5432/x", allowReset: true }
test: { command: [npm, test], cwd: web, isolation: worker }
env: { N: 1, URL: "\${db.url}" }
envFiles: [.env.test, { path: x.json, values: { A: "\${old.host}" } }]
drivers: [native, embedded]
ports: { db: 5433 }
artifacts: { postgres@18: builds/pg.tgz }
idle: 30m
`,
    'migrations/1.sql': '',
  });
  const { root } = config.project;
  const [db, old] = config.services;
  expect(db).toMatchObject({
    drivers: ['native'],
    port: 5433,
    options: { database: 'things', extensions: ['citext'] },
    init: [path.join(root, 'init')],
  });
  expect(db?.migrate).toMatchObject([
    { kind: 'sql', path: path.join(root, 'migrations') },
    {
      kind: 'command',
      argv: ['poetry', 'run', 'alembic', 'upgrade', 'head'],
      cwd: path.join(root, 'backend'),
      tool: 'alembic',
      inputs: [path.join(root, 'backend/alembic')],
    },
  ]);
  expect(db?.seed).toMatchObject([{ kind: 'command', argv: ['psql < x.sql'], shell: true, tool: undefined, inferred: false }]);
  expect(old).toMatchObject({ kind: 'postgres', url: 'postgres://u:p@ci:5432/x', allowReset: true });
  expect(config).toMatchObject({
    test: { command: ['npm', 'test'], cwd: path.join(root, 'web'), isolation: 'worker' },
    env: { N: '1', URL: '${db.url}' },
    envFiles: [
      { path: path.join(root, '.env.test'), format: 'dotenv', values: undefined },
      { path: path.join(root, 'x.json'), format: 'json', values: { A: '${old.host}' } },
    ],
    drivers: ['native', 'embedded'],
    artifacts: { 'postgres@18': { path: path.join(root, 'builds/pg.tgz'), sha256: undefined } },
    idleMs: 1_800_000,
  });
});

test('keys of later features are read and said to be ignored, in one line', async () => {
  const config = await resolveFiles({ 'seatrial.yaml': 'services: {}\napp: { command: x }\nsmoke: {}\n' });
  expect(config.notes).toEqual([
    { kind: 'ignored', text: 'app, smoke: not used by this version of Seatrial', origin: 'seatrial.yaml:2' },
  ]);
});

test('an external address may come from a variable that the file names', async () => {
  const files = { 'seatrial.yaml': 'services: { db: { use: postgres, url: "${env.CI_DB}" } }\n' };
  const config = await resolveFiles(files, { env: { CI_DB: 'postgres://u:p@ci/x' } });
  expect(config.services[0]?.url).toBe('postgres://u:p@ci/x');
  expect(config.notes).toEqual([]);
  expect((await errorOf(resolveFiles(files))).message).toContain('CI_DB is not set');
});

test('a file that cannot be read is named', async () => {
  const error = await errorOf(resolveFiles({ 'seatrial.yaml/x': '' }));
  expect(error).toMatchObject({ code: 'SEATRIAL_CONFIG_UNREADABLE', message: expect.stringContaining('seatrial.yaml') });
});
