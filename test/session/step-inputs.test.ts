import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Step } from '../../src/core/config.ts';
import { stepInputs } from '../../src/session/step-inputs.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

type Command = Extract<Step, { kind: 'command' }>;

function command(cwd: string, text: string, more: Partial<Command> = {}): Command {
  const tool = text.startsWith('alembic') ? 'alembic' : text.includes('prisma') ? 'prisma' : undefined;
  return {
    kind: 'command',
    argv: text.split(' '),
    cwd,
    origin: 'test',
    tool,
    inputs: undefined,
    inferred: false,
    shell: false,
    ...more,
  };
}

function makeFiles(files: Readonly<Record<string, string>>): string {
  const root = temporaryFolder();
  for (const [name, text] of Object.entries(files)) write(root, name, text);
  return root;
}

function write(root: string, name: string, text: string): void {
  fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  fs.writeFileSync(path.join(root, name), text);
}

const keyOf = async (step: Step, root: string, environment: Readonly<Record<string, string>> = {}) =>
  JSON.stringify(await stepInputs(step, root, environment));

const ALEMBIC = {
  'alembic.ini': '[alembic]\nscript_location = migrations\n',
  'migrations/env.py': `url = os.environ["DATABASE_URL"]\nschema = os.getenv('DB_SCHEMA')\nmode = os.environ.get( "SEED_MODE", "x")\n`,
  'migrations/versions/0001_first.py': 'def upgrade(): pass\n',
  'app/models.py': 'class User: pass\n',
  'requirements.txt': 'sqlalchemy==2.0.1\n',
  '.env': 'SCHEMA=a\n',
  'tests/test_users.py': 'def test(): pass\n',
  'README.md': 'read me\n',
  '.venv/lib/python3.11/site-packages/SQLAlchemy-2.0.1.dist-info/METADATA': '',
};

describe('the inputs of `alembic upgrade`', () => {
  test.each([
    ['a model', 'app/models.py'],
    ['a version', 'migrations/versions/0001_first.py'],
    ['a new version', 'migrations/versions/0002_second.py'],
    ['env.py', 'migrations/env.py'],
    ['alembic.ini', 'alembic.ini'],
    ['a lock file', 'requirements.txt'],
    ['a .env file', '.env'],
    ['an installed package', '.venv/lib/python3.11/site-packages/alembic-1.0.dist-info/METADATA'],
  ])('change with %s', async (_, name) => {
    const root = makeFiles(ALEMBIC);
    const step = command(root, 'alembic upgrade head');
    const before = await keyOf(step, root);
    write(root, name, 'changed = True\n');
    expect(await keyOf(step, root)).not.toBe(before);
  });

  test.each(['tests/test_users.py', 'tests/new.py', 'README.md', 'node_modules/x/setup.py', 'app/__pycache__/models.py'])(
    'stay the same when %s changes',
    async (name) => {
      const root = makeFiles(ALEMBIC);
      const step = command(root, 'alembic upgrade head');
      const before = await keyOf(step, root);
      write(root, name, 'changed = True\n');
      expect(await keyOf(step, root)).toBe(before);
    },
  );

  test('change with a variable that the code reads, and with no other', async () => {
    const root = makeFiles(ALEMBIC);
    const key = (environment: Readonly<Record<string, string>>) =>
      keyOf(command(root, 'alembic upgrade head'), root, environment);
    const before = await key({});
    for (const name of ['DATABASE_URL', 'DB_SCHEMA', 'SEED_MODE']) expect(await key({ [name]: 'x' })).not.toBe(before);
    expect(await key({ HOME: '/x', GITHUB_RUN_ID: '7', SEATRIAL_RUN: 'x', SHOP_TEST_RUN_ID: 'x' })).toBe(before);
    expect(await key({ DB_SCHEMA: 'secret-value' })).not.toContain('secret-value');
  });

  test.each([
    ['fields of pydantic settings', 'from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n  seed_rows: int = 3\n'],
    ['a name that is computed', 'import os\nrows = os.environ[name]\n'],
    ['all of them at once', 'import os\nsettings = dict(os.environ)\n'],
  ])('change with any variable when the code reads %s, but not with those of a terminal', async (_, code) => {
    const root = makeFiles({ ...ALEMBIC, 'app/settings.py': code });
    const step = command(root, 'alembic upgrade head');
    const of = (more: Readonly<Record<string, string>>) => keyOf(step, root, { SEED_ROWS: '3', SHLVL: '1', ...more });
    expect(await of({ SEED_ROWS: '4' })).not.toBe(await of({}));
    expect(await of({ ONE_MORE: '1' })).not.toBe(await of({}));
    expect(await of({ SHLVL: '2', SEATRIAL_RUN: 'x', SHOP_TEST_RUN_ID: 'y' })).toBe(await of({}));
  });

  const SITE = '.venv/lib/python3.11/site-packages';
  const editable = (at: string) => JSON.stringify({ url: pathToFileURL(at).href, dir_info: { editable: true } });
  test.each([
    ['an editable install', (at: string) => ({ [`${SITE}/shared-1.0.dist-info/direct_url.json`]: editable(at) })],
    ['a .pth file', (at: string) => ({ [`${SITE}/shared.pth`]: `# where it is\nimport sys\n${at}\n` })],
  ])('are unknown when %s leads out of the project, and known when it leads into it', async (_, files) => {
    const outside = temporaryFolder();
    const root = makeFiles(ALEMBIC);
    const step = command(root, 'alembic upgrade head');
    for (const [name, text] of Object.entries(files(path.join(root, 'app')))) write(root, name, text);
    expect(await stepInputs(step, root, {})).toBeDefined();
    for (const [name, text] of Object.entries(files(outside))) write(root, name, text);
    expect(await stepInputs(step, root, {})).toBeUndefined();
  });

  test('are unknown when PYTHONPATH leads out of the project', async () => {
    const root = makeFiles(ALEMBIC);
    const step = command(root, 'alembic upgrade head');
    expect(await stepInputs(step, root, { PYTHONPATH: 'app' })).toBeDefined();
    expect(await stepInputs(step, root, { PYTHONPATH: `app:${temporaryFolder()}` })).toBeUndefined();
  });

  test('change with the packages of an environment that lies above the folder, or is activated', async () => {
    const root = makeFiles({ 'backend/alembic.ini': '', 'other/lib/python3.12/site-packages/a-1.dist-info/METADATA': '' });
    const step = command(path.join(root, 'backend'), 'alembic upgrade head');
    const active = { VIRTUAL_ENV: path.join(root, 'other') };
    const before = [await keyOf(step, root), await keyOf(step, root, active)];
    write(root, `${SITE}/alembic-1.0.dist-info/METADATA`, '');
    write(root, 'other/lib/python3.12/site-packages/b-1.dist-info/METADATA', '');
    const after = [await keyOf(step, root), await keyOf(step, root, active)];
    for (const [index, key] of after.entries()) expect(key).not.toBe(before[index]);
  });

  test('never hold what only marks a run, though the code reads it', async () => {
    const root = makeFiles({
      ...ALEMBIC,
      'app/ids.py': 'import os\nrun = os.environ["SHOP_TEST_RUN_ID"] + os.environ["SEATRIAL_RUN"]\n',
    });
    const key = (id: string) => keyOf(command(root, 'alembic upgrade head'), root, { SHOP_TEST_RUN_ID: id, SEATRIAL_RUN: id });
    expect(await key('a')).toBe(await key('b'));
  });

  test('change with the command, and are the same wherever the project lies', async () => {
    const [one, two] = [makeFiles(ALEMBIC), makeFiles(ALEMBIC)];
    expect(await keyOf(command(one, 'alembic upgrade head'), one)).toBe(await keyOf(command(two, 'alembic upgrade head'), two));
    expect(await keyOf(command(one, 'alembic upgrade head'), one)).not.toBe(await keyOf(command(one, 'alembic upgrade +1'), one));
  });

  test('are followed through links, also those that lead back up', async () => {
    const root = makeFiles(ALEMBIC);
    const shared = makeFiles({ 'models/order.py': 'a = 1\n' });
    fs.symlinkSync(path.join(shared, 'models'), path.join(root, 'shared'));
    fs.symlinkSync(root, path.join(root, 'app/loop'));
    fs.symlinkSync('/nowhere', path.join(root, 'broken.py'));
    const step = command(root, 'alembic upgrade head');
    const before = await keyOf(step, root);
    write(shared, 'models/order.py', 'a = 2\n');
    expect(await keyOf(step, root)).not.toBe(before);
  });
});

describe('the inputs of Prisma', () => {
  const files = {
    'prisma/schema.prisma': 'datasource db { url = env("DATABASE_URL") }\n// env("SHADOW")\n',
    'prisma/migrations/1/migration.sql': 'create table a();\n',
    'package-lock.json': '{}',
    'src/index.ts': '',
  };

  test.each([
    ['prisma/schema.prisma', true],
    ['prisma/migrations/2/migration.sql', true],
    ['prisma/migrations/build/migration.sql', true],
    ['prisma.config.ts', true],
    ['package-lock.json', true],
    ['src/index.ts', false],
  ])('by a change of %s change: %s', async (name, changes) => {
    const root = makeFiles(files);
    const step = command(root, 'npx prisma migrate deploy');
    const before = await keyOf(step, root);
    write(root, name, 'changed');
    expect((await keyOf(step, root)) !== before).toBe(changes);
  });

  test('hold the variables that the schema names', async () => {
    const root = makeFiles(files);
    const step = command(root, 'prisma db push --skip-generate');
    expect(await keyOf(step, root, { SHADOW: 'x' })).not.toBe(await keyOf(step, root));
    expect(await keyOf(step, root, { OTHER: 'x' })).toBe(await keyOf(step, root));
  });
});

describe('the inputs of other steps', () => {
  test.each(['python seed.py', 'alembic downgrade base', 'prisma migrate dev', 'prisma generate', 'make db'])(
    'of `%s` can not be known',
    async (text) => {
      expect(await stepInputs(command('/', text), '/', {})).toBeUndefined();
    },
  );

  test('that are declared are all there is, folders with every file in them, and paths that are not there yet', async () => {
    const root = makeFiles({ 'db/test/build/seed.csv': '1', 'seed.py': 'a', 'other.py': 'b' });
    const step = command(root, 'python seed.py', { inputs: ['db', 'seed.py', 'later.txt'] });
    let before = await keyOf(step, root);
    write(root, 'other.py', 'c');
    expect(await keyOf(step, root)).toBe(before);
    for (const name of ['db/test/build/seed.csv', 'seed.py', 'later.txt', 'db/new']) {
      write(root, name, 'changed');
      const after = await keyOf(step, root);
      expect([name, after === before]).toEqual([name, false]);
      before = after;
    }
  });

  test('that are SQL are the scripts: their text, their names, their number', async () => {
    const root = makeFiles({ 'sql/1.sql': 'select 1;', 'sql/2.sql': 'select 2;' });
    const step: Step = { kind: 'sql', path: path.join(root, 'sql'), origin: 'test' };
    const keys = new Set([await keyOf(step, root)]);
    write(root, 'sql/1.sql', 'select 3;');
    keys.add(await keyOf(step, root));
    fs.renameSync(path.join(root, 'sql/1.sql'), path.join(root, 'sql/3.sql'));
    keys.add(await keyOf(step, root));
    fs.rmSync(path.join(root, 'sql/2.sql'));
    keys.add(await keyOf(step, root));
    expect(keys.size).toBe(4);
    expect(await keyOf({ ...step, path: path.join(root, 'missing.sql') }, root)).toContain('missing.sql');
  });
});
