import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { HEADS, type RunnerCase } from '../runners/runner-cases.ts';
import { makeWorkspace, type Workspace } from './workspace.ts';

/**
 * Ordinary tests with ordinary commits: all insert the same unique names, none cleans up, one fails. Each writes what it finds into `seen`:
 * the rows of the seed, of its file's hooks, and nothing of any other test or file.
 */
const SUITE = `
  const opened = (async () => {
    const pg = await load('pg');
    const { Redis } = await load('ioredis');
    const db = new (pg.default ?? pg).Pool({ connectionString: process.env.DATABASE_URL });
    return { db, redis: new Redis(process.env.REDIS_URL) };
  })();
  const write = async (name) => {
    const { db, redis } = await opened;
    await db.query('insert into items (name) values ($1)', [name]);
    await redis.set(name, '1');
  };
  const see = async (test) => {
    const { db, redis } = await opened;
    const { rows } = await db.query('select name from items order by id');
    const line = [FILE, test, rows.map(({ name }) => name).join(), (await redis.keys('*')).sort().join()];
    (await load('node:fs')).appendFileSync('seen', line.join(' ') + '\\n');
  };
  beforeAll(() => write('all'));
  afterAll(async () => { const { db, redis } = await opened; await db.end(); await redis.quit(); });
  describe('outer', () => {
    beforeEach(() => write('each'));
    for (const name of ['first', 'second', 'third'])
      test(name, async () => { await see(name); await write('own'); await write('more'); });
    test('fails', async () => { await see('fails'); await write('own'); throw new Error('boom'); });
    test('after a failure', async () => { await see('after a failure'); await write('own'); });
    describe('inner', () => {
      beforeAll(() => write('inner'));
      test('nested', async () => { await see('nested'); await write('own'); });
      test('nested again', async () => { await see('nested again'); await write('own'); });
    });
  });
  describe('end', () => { test('last', async () => { await see('last'); await write('own'); }); });\n`;

const RETRIED = `
  let tries = 0;
  describe('outer', () => {
    retried('again', async () => { await see('again'); await write('own'); if (tries++ < 1) throw new Error('try again'); });
  });\n`;

/** What one file sees; its own hooks' rows come after the seed's. */
function seenBy(file: string): readonly string[] {
  const each = 'seed,all,each all,each';
  const nested = 'seed,all,inner,each all,each,inner';
  return [
    ...['first', 'second', 'third', 'fails', 'after a failure'].map((test) => `${file} ${test} ${each}`),
    ...['nested', 'nested again'].map((test) => `${file} ${test} ${nested}`),
    `${file} last seed,all,inner all,inner`,
  ];
}

/** A project with PostgreSQL, Redis and these test files. */
export function makeProject(runner: RunnerCase, texts: Readonly<Record<string, string>>): Workspace {
  const tests = Object.entries(texts).map(([file, text]) => [file, HEADS[runner.dialect] + text]);
  const workspace = makeWorkspace({
    'seatrial.yaml': 'services:\n  db: { use: postgres@18, migrate: migrations }\n  cache: redis\n',
    'migrations/1.sql':
      "create table items (id serial primary key, name text unique);\ninsert into items (name) values ('seed');\n",
    ...runner.files,
    ...Object.fromEntries(tests),
  });
  fs.symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), path.join(workspace.project, 'node_modules'));
  return workspace;
}

/** Two files with all of it, which run side by side where the runner has workers; with `retries` a third. */
export function baselineFiles(
  { dialect }: RunnerCase,
  { retries }: { readonly retries: boolean },
): Readonly<Record<string, string>> {
  // Without a block around them, hooks in a file of Mocha are around the tests of all files.
  const inBlock = (text: string) => (dialect === 'mocha' ? `describe(FILE, () => {\n${text}});\n` : text);
  const file = (name: string, text: string) => `const FILE = '${name}';\n${inBlock(text)}`;
  const hooks = SUITE.slice(0, SUITE.indexOf("  describe('outer'"));
  return {
    'a.test.js': file('a', SUITE),
    'b.test.js': file('b', SUITE),
    ...(retries ? { 'c.test.js': file('c', hooks + RETRIED) } : {}),
  };
}

/** All that the files should have seen, sorted. */
export function expectedSeen({ retries }: { readonly retries: boolean }): readonly string[] {
  const again = retries ? ['c again seed,all all', 'c again seed,all all'] : [];
  return [...seenBy('a'), ...seenBy('b'), ...again].sort();
}
