import path from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

/** Runtime, data, cache and temporary folders of this test only, in the environment until it ends. */
export function useOwnFolders(): { readonly runtime: string; readonly data: string; readonly cache: string } {
  const root = temporaryFolder();
  const folders = { runtime: path.join(root, 'runtime'), data: path.join(root, 'data'), cache: path.join(root, 'cache') };
  setVariables({
    SEATRIAL_RUNTIME_DIR: folders.runtime,
    SEATRIAL_DATA_DIR: folders.data,
    SEATRIAL_CACHE_DIR: folders.cache,
    TMPDIR: root,
  });
  return folders;
}

/** Sets variables until the test ends; undefined takes one away. */
export function setVariables(variables: Readonly<Record<string, string | undefined>>): void {
  const set = (name: string, value: string | undefined) => {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };
  for (const [name, value] of Object.entries(variables)) {
    const before = process.env[name];
    onTestFinished(() => set(name, before));
    set(name, value);
  }
}
