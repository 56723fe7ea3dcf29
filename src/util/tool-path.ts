import fs from 'node:fs';
import path from 'node:path';

const SUB_PROJECTS = ['backend', 'server', 'api', 'app'];

/**
 * PATH with the project's own tools first, as if its environment were activated: `node_modules/.bin` and `.venv/bin` of the folder and its
 * parents up to the repository's root (or a folder that everybody may write to, such as /tmp), then those of a sub-project such as `backend/`. An activated virtual environment is left in charge.
 */
export function projectPath(cwd: string, env: Readonly<Record<string, string | undefined>>): string {
  const folders: string[] = [];
  const add = (folder: string) => {
    const names = env.VIRTUAL_ENV ? ['node_modules/.bin'] : ['.venv/bin', 'venv/bin', 'node_modules/.bin'];
    for (const name of names) {
      const at = path.join(folder, name);
      if (fs.existsSync(at)) folders.push(at);
    }
  };
  for (let folder = path.resolve(cwd); ; folder = path.dirname(folder)) {
    add(folder);
    const parent = path.dirname(folder);
    if (fs.existsSync(path.join(folder, '.git')) || parent === folder || isShared(parent)) break;
  }
  for (const name of SUB_PROJECTS) add(path.join(cwd, name));
  return [...new Set(folders), env.PATH ?? '/usr/local/bin:/usr/bin:/bin'].join(path.delimiter);
}

/** The absolute path of the program that `name` stands for; undefined when there is none. A name with a slash is taken from `cwd`. */
export function findProgram(name: string, searchPath: string, cwd: string): string | undefined {
  const candidates = name.includes('/')
    ? [path.resolve(cwd, name)]
    : searchPath.split(path.delimiter).map((folder) => path.resolve(cwd, folder || '.', name));
  return candidates.find((candidate) => {
    try {
      fs.accessSync(candidate, fs.constants.X_OK);
      return fs.statSync(candidate).isFile();
    } catch {
      return false;
    }
  });
}

/** Sticky and writable by everybody: another user's programs may lie there. */
function isShared(folder: string): boolean {
  return ((fs.statSync(folder, { throwIfNoEntry: false })?.mode ?? 0) & 0o1002) === 0o1002;
}
