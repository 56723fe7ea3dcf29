import fs from 'node:fs';
import path from 'node:path';
import { namesIn } from '../util/read-if-there.ts';

/** The folder itself and those above it, up to the git root; only the folder itself when it is in no repository. */
export function foldersUpward(cwd: string): readonly string[] {
  const folders: string[] = [];
  for (let folder = path.resolve(cwd); ; folder = path.dirname(folder)) {
    folders.push(folder);
    if (fs.existsSync(path.join(folder, '.git'))) return folders;
    if (folder === path.dirname(folder)) return folders.slice(0, 1);
  }
}

/** The first of `names` in the nearest folder that has one. */
export function findFirst(folders: readonly string[], names: readonly string[]): string | undefined {
  for (const folder of folders) {
    const present = new Set(namesIn(folder));
    const name = names.find((candidate) => present.has(candidate));
    if (name) return path.join(folder, name);
  }
  return undefined;
}
