import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

let root: string | undefined;

/** The folder of this package: upward from this very code, wherever the build has put it. */
export function packageRoot(): string {
  if (root) return root;
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!fs.existsSync(path.join(folder, 'package.json'))) {
    if (path.dirname(folder) === folder) throw new Error('the package is incomplete: no package.json above its code');
    folder = path.dirname(folder);
  }
  root = folder;
  return folder;
}

/** The file of a program that is started, not imported, by its path below `src/` without extension: `cli/watchdog`. */
export function programFile(name: string): string {
  return import.meta.url.endsWith('.ts')
    ? path.join(packageRoot(), 'src', `${name}.ts`)
    : path.join(packageRoot(), 'dist', `${name}.js`);
}

/** The file of plain JavaScript that runs inside users' processes, by its path below `src/`: `runners/preload.mjs`. */
export function runtimeFile(name: string): string {
  return path.join(packageRoot(), import.meta.url.endsWith('.ts') ? 'src' : 'dist', name);
}
