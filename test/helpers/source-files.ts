import fs from 'node:fs';
import path from 'node:path';

/** Path from the repository's folder, with `/`, to content. */
export type SourceFiles = ReadonlyMap<string, string>;

export const repositoryRoot = path.resolve(import.meta.dirname, '../..');

const NEVER = new Set(['node_modules', 'dist', '.venv', '__pycache__', '.git', 'work']);

/** All files under the given folders of the repository whose name ends in one of `extensions`. */
export function readSourceFiles(folders: readonly string[], extensions: readonly string[]): SourceFiles {
  const files = new Map<string, string>();
  const visit = (relative: string): void => {
    const absolute = path.join(repositoryRoot, relative);
    if (!fs.existsSync(absolute)) return;
    for (const entry of fs.readdirSync(absolute, { withFileTypes: true })) {
      if (NEVER.has(entry.name)) continue;
      const inside = `${relative}/${entry.name}`;
      if (entry.isDirectory()) visit(inside);
      else if (extensions.some((extension) => entry.name.endsWith(extension)))
        files.set(inside, fs.readFileSync(path.join(absolute, entry.name), 'utf8'));
    }
  };
  for (const folder of folders) visit(folder);
  return files;
}
