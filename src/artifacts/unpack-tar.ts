import path from 'node:path';
import type { ReadEntry } from 'tar';
import * as tar from 'tar';
import { safeJoin } from './safe-join.ts';

/** Unpacks a tar archive, compressed or not. Only folders, files and links that stay inside are allowed. */
export async function extract(archive: string, target: string, signal: AbortSignal): Promise<void> {
  const problems: Error[] = [];
  await tar.x({
    file: archive,
    cwd: target,
    strict: true,
    preserveOwner: false,
    noMtime: true,
    onReadEntry: (entry) => {
      entry.path = stripPackage(entry.path);
      if (entry.type === 'Link' && entry.linkpath) entry.linkpath = stripPackage(entry.linkpath);
    },
    filter: (_, entry) => {
      if (signal.aborted || problems.length > 0) return false;
      try {
        check(entry as ReadEntry, target);
        return true;
      } catch (error) {
        problems.push(error as Error);
        return false;
      }
    },
  });
  signal.throwIfAborted();
  if (problems[0]) throw problems[0];
}

function check(entry: ReadEntry, target: string): void {
  const name = entry.path;
  const file = safeJoin(target, stripPackage(name));
  switch (entry.type) {
    case 'File':
    case 'OldFile':
    case 'ContiguousFile':
    case 'Directory':
    case 'GNUDumpDir':
      return;
    case 'SymbolicLink':
      safeJoin(target, path.relative(target, path.resolve(path.dirname(file), relative(entry.linkpath ?? ''))));
      return;
    case 'Link':
      safeJoin(target, stripPackage(entry.linkpath ?? ''));
      return;
    default:
      throw new Error(`the entry ${JSON.stringify(name)} is a ${entry.type}, which no server build needs`);
  }
}

function relative(linkpath: string): string {
  if (path.isAbsolute(linkpath)) throw new Error(`a symbolic link points at ${JSON.stringify(linkpath)}, outside of the folder`);
  return linkpath;
}

function stripPackage(name: string): string {
  return name.startsWith('package/') ? name.slice('package/'.length) || '.' : name;
}
