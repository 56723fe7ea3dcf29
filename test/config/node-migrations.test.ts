import { describe, expect, test } from 'vitest';
import { resolveFiles } from '../helpers/project.ts';

const files = (knexfile: string, driver = 'pg') => ({
  'package.json': JSON.stringify({ dependencies: { knex: '3', [driver]: '8' } }),
  'knexfile.js': knexfile,
  'db/migrations/1_users.js': '',
});

describe('a migration by Knex is inferred', () => {
  test.each([
    ['one connection', 'pg', "client: 'pg', connection: process.env.DATABASE_URL"],
    [
      'one in each environment',
      'mysql2',
      "development: { client: 'mysql2', connection: process.env.DATABASE_URL || 'mysql://localhost/dev' },\nproduction: { client: 'mysql2', connection: { connectionString: process.env['DATABASE_URL'], ssl: {} } }",
    ],
  ])('when %s comes from a variable of ours', async (_, driver, settings) => {
    const text = `module.exports = {\n  // connection: 'postgres://localhost/old'\n  ${settings},\n  migrations: { directory: './db/migrations' },\n};\n`;
    const config = await resolveFiles(files(text, driver));
    expect(config.services[0]?.migrate).toMatchObject([
      { argv: ['knex', 'migrate:latest'], cwd: config.project.root, inputs: undefined, inferred: true },
    ]);
    expect(config.notes.at(-1)?.text).toBe(
      'db: migrated by `knex migrate:latest`, because knexfile.js is there and its URL comes from DATABASE_URL',
    );
  });

  test.each([
    [
      'one is written out',
      "development: { client: 'pg', connection: 'postgres://localhost/dev' }, production: { client: 'pg', connection: process.env.DATABASE_URL }",
      'where its URL comes from is not plain',
    ],
    ['it is made of parts', "client: 'pg', connection: { host: process.env.PGHOST }", 'where its URL comes from is not plain'],
    [
      'a file may have the last word',
      "client: 'pg', connection: process.env.DATABASE_URL, x: require('dotenv').config({ override: true })",
      'where its URL comes from is not plain',
    ],
    [
      'it may come from another variable',
      "client: 'pg', connection: process.env.PROD_DATABASE_URL",
      'its URL may come from PROD_DATABASE_URL',
    ],
  ])('not when %s, and that is said', async (_, settings, why) => {
    const config = await resolveFiles(files(`export default { ${settings}, migrations: { directory: 'db/migrations' } };`));
    expect(config.services[0]?.migrate).toEqual([]);
    expect(config.notes.at(-1)).toMatchObject({ kind: 'ignored', text: expect.stringContaining(why) });
  });

  test.each([
    ['for another database', "client: 'sqlite3', connection: process.env.DATABASE_URL, directory: 'db/migrations'"],
    ['without migrations', "client: 'pg', connection: process.env.DATABASE_URL"],
  ])('not from a knexfile %s', async (_, settings) => {
    const config = await resolveFiles(files(`module.exports = { ${settings} };`));
    expect(config.services[0]?.migrate).toEqual([]);
    expect(config.notes.map(({ kind }) => kind)).toEqual(['inferred']);
  });
});

describe('a migration by node-pg-migrate is inferred', () => {
  const project = (script: string, ...packages: readonly string[]) => ({
    'package.json': JSON.stringify({
      scripts: { migrate: script },
      dependencies: Object.fromEntries(['pg', 'node-pg-migrate', ...packages].map((name) => [name, '1'])),
    }),
    'migrations/1_users.sql': '',
  });

  test('as it takes DATABASE_URL', async () => {
    const config = await resolveFiles(project('node-pg-migrate up'));
    expect(config.services[0]?.migrate).toMatchObject([{ argv: ['node-pg-migrate', 'up'], inferred: true }]);
  });

  test.each([
    ['an option', project('node-pg-migrate up -d PROD_URL')],
    ['the package config', project('node-pg-migrate up', 'config')],
  ])('not when %s may say otherwise', async (_, files) => {
    const config = await resolveFiles(files);
    expect(config.services[0]?.migrate).toEqual([]);
    expect(config.notes.at(-1)?.text).toContain('`migrate: node-pg-migrate up` for db in seatrial.yaml runs it');
  });
});

describe('a migration by TypeORM is inferred', () => {
  const SCRIPTS = { typeorm: 'typeorm -d src/data-source.js', 'migration:run': 'npm run typeorm migration:run' };
  const project = (source: string, scripts: Readonly<Record<string, string>> = SCRIPTS) => ({
    'package.json': JSON.stringify({ scripts, dependencies: { pg: '8', typeorm: '0.3' } }),
    'src/data-source.js': `export default new DataSource({ ${source} });`,
  });
  const OURS = "type: 'postgres', url: process.env.DATABASE_URL, migrations: ['migrations/*.js']";

  test('as the script that runs it, when its data source takes its URL from a variable of ours', async () => {
    const config = await resolveFiles(project(OURS));
    expect(config.services[0]?.migrate).toMatchObject([{ argv: ['npm', 'run', 'migration:run'], inferred: true }]);
    expect(config.notes.at(-1)?.text).toContain('because src/data-source.js is there and its URL comes from DATABASE_URL');
  });

  test.each([
    ['made of parts', "type: 'postgres', host: process.env.PGHOST", 'is not plain'],
    ['ours beside a host', `${OURS}, ...(dev ? { host: 'localhost' } : {})`, 'is not plain'],
    ['written out', "type: 'postgres', url: 'postgres://localhost/dev'", 'is not plain'],
    ['of another variable', "type: 'postgres', url: process.env.PROD_URL", 'may come from PROD_URL'],
  ])('not when the address is %s, and that is said', async (_, source, why) => {
    const config = await resolveFiles(project(source));
    expect(config.services[0]?.migrate).toEqual([]);
    expect(config.notes.at(-1)).toMatchObject({ kind: 'ignored', text: expect.stringContaining(why) });
  });

  test.each([
    ['for another database', project(OURS.replace('postgres', 'sqlite'))],
    ['that no script names', project(OURS, { 'migration:run': 'node migrate.js migration:run' })],
    ['of two', project(OURS, { ...SCRIPTS, old: 'typeorm -d old.js migration:run' })],
    ['that is not there', project(OURS, { 'migration:run': 'typeorm migration:run -d dist/data-source.js' })],
  ])('not by a data source %s', async (_, files) => {
    const config = await resolveFiles(files);
    expect(config.services[0]?.migrate).toEqual([]);
    expect(config.notes.map(({ kind }) => kind)).toEqual(['inferred']);
  });
});
