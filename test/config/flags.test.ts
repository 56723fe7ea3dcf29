import { expect, test } from 'vitest';
import { errorOf, resolveFiles } from '../helpers/project.ts';

const FILE = { 'seatrial.yaml': 'services: { db: { use: postgres@18, database: things }, cache: redis }\n' };

test('--service changes the only service of its kind, and keeps its settings', async () => {
  const config = await resolveFiles(FILE, { services: ['postgres@16'] });
  expect(config.services.map(({ name, version }) => [name, version])).toEqual([
    ['db', '16'],
    ['cache', undefined],
  ]);
  expect(config.services[0]).toMatchObject({ options: { database: 'things' }, origin: '--service postgres@16' });
});

test('--service with a name changes or adds that one', async () => {
  const config = await resolveFiles(FILE, { services: ['db=postgres:17', 'other=redis@7'] });
  expect(config.services.map(({ name, kind, version }) => [name, kind, version])).toEqual([
    ['db', 'postgres', '17'],
    ['cache', 'redis', undefined],
    ['other', 'redis', '7'],
  ]);
});

test('--service puts MariaDB in the place of MySQL with all that was said of it, and --external a server of either', async () => {
  const file = { 'seatrial.yaml': 'services: { db: { image: "mysql:8.0", user: app, seed: a.sql } }\n', 'a.sql': '' };
  const replaced = await resolveFiles(file, { services: ['db=mariadb@10'] });
  expect(replaced.services).toMatchObject([
    { kind: 'mariadb', version: '10', image: undefined, options: { user: 'app' }, seed: [{}] },
  ]);
  const url = 'mysql://u:p@ci/x';
  const external = await resolveFiles(file, { external: [`db=${url}`] });
  expect(external.services).toMatchObject([{ kind: 'mysql', url, options: { user: 'app' }, seed: [{}] }]);
});

test('--service stands in for what would only be guessed from manifests', async () => {
  const config = await resolveFiles({ 'requirements.txt': 'psycopg\nredis\n' }, { services: ['postgres@17'] });
  expect(config.services.map(({ name, version }) => [name, version])).toEqual([['db', '17']]);
  expect(config.notes).toEqual([]);
});

test('--service alone is enough in an empty project, twice the same kind gets two names', async () => {
  const config = await resolveFiles({}, { services: ['a=postgres', 'postgres', 'b=postgres', 'postgres'] });
  expect(config.services.map(({ name }) => name)).toEqual(['a', 'b', 'db']);
});

test('--external gives the service an address and takes its drivers away', async () => {
  const config = await resolveFiles(FILE, { external: ['db=postgres://u:p@ci:5432/x', 'redis://ci:6379'], drivers: ['native'] });
  expect(config.services.map(({ url, drivers }) => [url, drivers])).toEqual([
    ['postgres://u:p@ci:5432/x', undefined],
    ['redis://ci:6379', undefined],
  ]);
  expect(await errorOf(resolveFiles(FILE, { external: ['x=ftp://u:secret@h'] }))).toMatchObject({
    code: 'SEATRIAL_OPTION_INVALID',
    message: expect.not.stringContaining('secret'),
  });
});

test('--port fixes a port; a name that is not there is answered with those that are', async () => {
  expect((await resolveFiles(FILE, { ports: ['db=5433'], env: { SHOP_TEST_DB_PORT: '5555' } })).services[0]?.port).toBe(5433);
  expect(await errorOf(resolveFiles(FILE, { ports: ['cahce=1'] }))).toMatchObject({
    code: 'SEATRIAL_SERVICE_NOT_FOUND',
    hint: expect.stringContaining('did you mean cache?'),
  });
  for (const text of ['5432', 'db=0', 'db=70000', 'db=x'])
    expect((await errorOf(resolveFiles(FILE, { ports: [text] }))).code, text).toBe('SEATRIAL_OPTION_INVALID');
});

test('command, isolation and drivers on the command line win over the file', async () => {
  const files = { 'seatrial.yaml': 'services: {}\ntest: { command: pytest, isolation: worker, cwd: sub }\n' };
  const config = await resolveFiles(files, { command: ['npm', 'test', '--', '-x'], isolation: 'run' });
  expect(config.test).toEqual({
    command: ['npm', 'test', '--', '-x'],
    cwd: config.project.root,
    isolation: 'run',
    origin: 'command line',
  });
});
