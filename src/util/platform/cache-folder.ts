import path from 'node:path';
import { cacheDir } from './folders.ts';
import { makeFolder } from './make-folder.ts';

/**
 * Makes the cache folder, or one of its folders, and answers its path. What of the path is new gets mode 0755, whatever the umask: services
 * that root starts run under another uid, and whoever is first to write there decides for all.
 */
export function makeCacheFolder(...names: readonly string[]): string {
  const folder = path.join(cacheDir(), ...names);
  makeFolder(folder, 0o755);
  return folder;
}
