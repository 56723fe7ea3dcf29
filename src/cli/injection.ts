import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot, runtimeFile } from '../util/package-files.ts';

/**
 * The variables by which each runner's workers load our plug-in with no change to the project. What the user has in them is kept, ours comes
 * first: Node's preload takes the lease before other preloads read the environment. pytest finds its plug-in by the metadata that lies beside
 * it, as if it were installed: a variable that names it would fail every pytest whose PYTHONPATH somebody replaces.
 */
export function injectPlugins(env: Readonly<Record<string, string>>): Record<string, string> {
  const preload = pathToFileURL(runtimeFile('runners/preload.mjs')).href;
  const python = pythonClient();
  return {
    NODE_OPTIONS: join(' ', `--import=${preload}`, env.NODE_OPTIONS),
    PYTHONPATH: join(path.delimiter, python, env.PYTHONPATH),
  };
}

/** `clients/python/src` of the package. */
function pythonClient(): string {
  const folder = path.join(packageRoot(), 'clients/python/src');
  if (!fs.existsSync(folder)) throw new Error(`the package is incomplete: ${folder} is missing`);
  return folder;
}

function join(separator: string, first: string, second: string | undefined): string {
  return second ? `${first}${separator}${second}` : first;
}
