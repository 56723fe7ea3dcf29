import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTextIfThere } from '../util/read-if-there.ts';

/**
 * Names and versions of what the project's virtual environment holds, from the names of its metadata folders; null without one. Undefined
 * when code is imported from outside `cwd` (an editable install, a `.pth` file, PYTHONPATH): it changes without a new version.
 */
export function pythonPackages(
  cwd: string,
  projectRoot: string,
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] | null | undefined {
  const isOutside = (at: string) => {
    const relative = path.relative(realPath(cwd), realPath(at));
    return relative === '..' || relative.startsWith(`..${path.sep}`);
  };
  const named = (environment.PYTHONPATH ?? '').split(path.delimiter).filter(Boolean);
  if (named.some((at) => isOutside(path.resolve(cwd, at)))) return undefined;
  const found = sitePackages(cwd, projectRoot, environment.VIRTUAL_ENV);
  if (!found) return null;
  const { venv, folders } = found;
  const isForeign = (at: string) =>
    fs.existsSync(at) && isOutside(at) && path.relative(realPath(venv), realPath(at)).startsWith('..');
  if (folders.flatMap(importedFolders).some(isForeign)) return undefined;
  return folders.flatMap((folder) =>
    fs
      .readdirSync(folder)
      .filter((name) => name.endsWith('.dist-info'))
      .sort(),
  );
}

/** An activated environment is left in charge, as for the commands; else that of the folder or the next one above it. */
function sitePackages(
  cwd: string,
  projectRoot: string,
  active: string | undefined,
): { readonly venv: string; readonly folders: readonly string[] } | undefined {
  const candidates = active ? [path.resolve(cwd, active)] : [];
  for (let folder = cwd; ; folder = path.dirname(folder)) {
    candidates.push(path.join(folder, '.venv'), path.join(folder, 'venv'));
    if (folder === projectRoot || folder === path.dirname(folder) || path.relative(projectRoot, folder).startsWith('..')) break;
  }
  for (const venv of candidates) {
    try {
      const lib = path.join(venv, 'lib');
      const folders = fs.readdirSync(lib).map((python) => path.join(lib, python, 'site-packages'));
      const there = folders.filter((folder) => fs.existsSync(folder));
      if (there.length > 0) return { venv, folders: there };
    } catch {
      // not this one
    }
  }
  return undefined;
}

/** What its `.pth` files add to the search path, and where its editable installs lie (PEP 610). */
function importedFolders(folder: string): string[] {
  return fs.readdirSync(folder).flatMap((name) => {
    if (name.endsWith('.pth'))
      return (readTextIfThere(path.join(folder, name)) ?? '')
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter((line) => line !== '' && !/^(#|import\s)/.test(line))
        .map((line) => path.resolve(folder, line));
    if (name.endsWith('.dist-info')) return editableSource(readTextIfThere(path.join(folder, name, 'direct_url.json')) ?? '');
    return [];
  });
}

function editableSource(directUrl: string): string[] {
  try {
    const { url, dir_info } = JSON.parse(directUrl) as { url: string; dir_info?: { editable?: boolean } };
    return dir_info?.editable ? [fileURLToPath(url)] : [];
  } catch {
    return []; // an ordinary install has none
  }
}

function realPath(at: string): string {
  try {
    return fs.realpathSync(at);
  } catch {
    return path.resolve(at);
  }
}
