import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { findProgram, projectPath } from '../../src/util/tool-path.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

function makeTree(...folders: string[]): string {
  const root = temporaryFolder();
  for (const folder of folders) fs.mkdirSync(path.join(root, folder), { recursive: true });
  return root;
}

function makeProgram(file: string, mode = 0o755): string {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, '#!/bin/sh\n', { mode });
  return file;
}

/** The folders before the PATH that was there, relative to `root`. */
function ownFolders(root: string, cwd: string, env: Record<string, string> = {}): string[] {
  const all = projectPath(path.join(root, cwd), { PATH: '/there', ...env }).split(':');
  expect(all.pop()).toBe('/there');
  return all.map((folder) => path.relative(root, folder));
}

test('tools of the folder come before those of its parents up to the repository, and sub-projects last', () => {
  const root = makeTree(
    'node_modules/.bin',
    'repo/.git',
    'repo/.venv/bin',
    'repo/node_modules/.bin',
    'repo/a/node_modules/.bin',
    'repo/a/backend/.venv/bin',
  );
  expect(ownFolders(root, 'repo/a')).toEqual([
    'repo/a/node_modules/.bin',
    'repo/.venv/bin',
    'repo/node_modules/.bin',
    'repo/a/backend/.venv/bin',
  ]);
});

test('an activated virtual environment is left in charge', () => {
  const root = makeTree('.git', '.venv/bin', 'venv/bin', 'node_modules/.bin');
  expect(ownFolders(root, '.')).toEqual(['.venv/bin', 'venv/bin', 'node_modules/.bin']);
  expect(ownFolders(root, '.', { VIRTUAL_ENV: '/elsewhere' })).toEqual(['node_modules/.bin']);
});

test('without a repository the search ends below a folder in which everybody may put programs', () => {
  const root = makeTree('shared/node_modules/.bin', 'shared/project/node_modules/.bin');
  fs.chmodSync(path.join(root, 'shared'), 0o1777);
  expect(ownFolders(root, 'shared/project')).toEqual(['shared/project/node_modules/.bin']);
  fs.chmodSync(path.join(root, 'shared'), 0o755);
  expect(ownFolders(root, 'shared/project')).toEqual(['shared/project/node_modules/.bin', 'shared/node_modules/.bin']);
});

test('a program is the first executable file of its name; folders and other files are passed over', () => {
  const root = makeTree('1/tool', '4');
  makeProgram(path.join(root, '2/tool'), 0o644);
  const found = makeProgram(path.join(root, '3/tool'));
  makeProgram(path.join(root, '4/tool'));
  const searchPath = ['1', '2', 'missing', '3', '4'].map((name) => path.join(root, name)).join(':');
  expect(findProgram('tool', searchPath, '/')).toBe(found);
  expect(findProgram('other', searchPath, '/')).toBeUndefined();
});

test('a name with a slash, and relative parts of PATH, are taken from the working folder', () => {
  const root = makeTree();
  const program = makeProgram(path.join(root, 'with space/run me'));
  expect(findProgram('./with space/run me', '/nowhere', root)).toBe(program);
  expect(findProgram('run me', 'with space', root)).toBe(program);
  expect(findProgram('run me', '/nowhere:', path.dirname(program))).toBe(program);
  expect(findProgram('./missing', '', root)).toBeUndefined();
});

test('a machine without PATH still finds what every machine has', () => {
  expect(findProgram('sh', projectPath('/', {}), '/')).toMatch(/\/sh$/);
});
