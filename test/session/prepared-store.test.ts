import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import {
  chainKeys,
  dropPrepared,
  findPrepared,
  type Prepared,
  savePrepared,
  usePrepared,
} from '../../src/session/prepared-store.ts';
import { useOwnFolders } from '../helpers/own-folders.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

test('each key depends on the root, on its layer and on all layers before it', () => {
  const keys = chainKeys('root', ['a', 'b', 'c']);
  expect(new Set(keys).size).toBe(3);
  expect(chainKeys('root', ['a', 'b', 'x']).slice(0, 2)).toEqual(keys.slice(0, 2));
  expect(chainKeys('root', ['x', 'b', 'c']).filter((key) => keys.includes(key))).toEqual([]);
  expect(chainKeys('other', ['a', 'b', 'c']).filter((key) => keys.includes(key))).toEqual([]);
  expect(chainKeys('root', [])).toEqual([]);
});

test('from the first layer on whose inputs can not be known there is no key', () => {
  const [first, ...others] = chainKeys('root', ['a', undefined, 'b', null]);
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(others).toEqual([undefined, undefined, undefined]);
});

test('what is kept comes back whole: files, modes and links; until it is dropped', async () => {
  const { cache } = useOwnFolders();
  const [from, to] = [temporaryFolder(), temporaryFolder()];
  fs.mkdirSync(path.join(from, 'base/1'), { recursive: true });
  fs.writeFileSync(path.join(from, 'base/1/a file'), 'x', { mode: 0o640 });
  fs.symlinkSync('1', path.join(from, 'base/link'));
  expect(findPrepared('k')).toBeUndefined();
  await savePrepared('k', from, {});
  const prepared = findPrepared('k') as Prepared;
  await usePrepared(prepared, to, undefined, {});
  expect(fs.readFileSync(path.join(to, 'base/link/a file'), 'utf8')).toBe('x');
  expect((fs.statSync(path.join(to, 'base/1/a file')).mode & 0o777).toString(8)).toBe('640');
  expect([findPrepared('k', 60_000)?.folder, findPrepared('k', -1)]).toEqual([prepared.folder, undefined]);
  dropPrepared(prepared);
  expect([findPrepared('k'), fs.readdirSync(path.join(cache, 'prepared'))]).toEqual([undefined, []]);
});

test('an entry that is there already is replaced', async () => {
  const { cache } = useOwnFolders();
  const from = temporaryFolder();
  fs.writeFileSync(path.join(from, 'a'), 'x');
  await savePrepared('k', from, {});
  await savePrepared('k', from, {});
  expect(fs.readdirSync(path.join(cache, 'prepared'))).toEqual(['k']);
});

test('what can not be packed or unpacked is an error with the words of tar, and leaves nothing', async () => {
  const { cache } = useOwnFolders();
  await expect(savePrepared('k', '/nowhere', {})).rejects.toThrow(/tar -cf ended with exit code \d+: .*nowhere/);
  expect(fs.readdirSync(path.join(cache, 'prepared'))).toEqual([]);
  const damaged = temporaryFolder();
  for (const name of ['rest.tar', 'half.tar']) fs.writeFileSync(path.join(damaged, name), 'no archive');
  const folder = temporaryFolder();
  await expect(usePrepared({ folder: damaged, bytes: 1, madeAt: 0 }, folder, undefined, {})).rejects.toThrow(
    /tar -xf ended with/,
  );
});
