import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { startLeasing } from './lease.ts';

const FILES = {
  'reference.control': "default_version = '1.0'\nrelocatable = false\n",
  'reference--1.0.sql': `
    CREATE TABLE codes (code text PRIMARY KEY, name text);
    INSERT INTO codes VALUES ('a', 'seed');
    CREATE SEQUENCE numbers;`,
};

test('tables and sequences that an extension owns are taken back like all others, and the extension itself when a test drops it', async () => {
  const folder = temporaryFolder();
  fs.chmodSync(folder, 0o755); // as root, the server is another user
  const place = path.join(folder, 'extension');
  fs.mkdirSync(place);
  for (const [name, text] of Object.entries(FILES)) fs.writeFileSync(path.join(place, name), text);
  await using leasing = await startLeasing('CREATE EXTENSION reference; CREATE TABLE items (code text REFERENCES codes)', {
    options: { settings: { extension_control_path: `${folder}:$system` } },
  });
  await using on = await leasing.lease();
  const state = async () => {
    const { rows } = await on.app.query(
      "SELECT codes::text, (SELECT count(*)::int FROM items) AS items, nextval('numbers')::int AS next, (SELECT count(*)::int FROM pg_depend d WHERE d.deptype = 'e' AND d.objid = 'codes'::regclass) AS owned FROM codes ORDER BY code",
    );
    return rows;
  };
  const baseline = [{ codes: '(a,seed)', items: 0, next: 1, owned: 1 }];
  for (const statements of [
    "INSERT INTO codes VALUES ('b', 'test'); UPDATE codes SET name = 'test'; INSERT INTO items VALUES ('b'); SELECT nextval('numbers')",
    'TRUNCATE codes CASCADE',
    'DROP EXTENSION reference CASCADE',
  ]) {
    await on.keeper.enter('test', 'keep');
    expect(await state()).toEqual(baseline);
    await on.app.query(statements);
    expect(await on.keeper.leave('test')).toMatchObject({ leaks: [] });
  }
  expect(await state()).toEqual(baseline);
});
