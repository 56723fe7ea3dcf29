import path from 'node:path';

/** `name` under `root`; throws when it would lie outside. */
export function safeJoin(root: string, name: string): string {
  const file = path.resolve(root, name);
  const unsafe = path.isAbsolute(name) || /^[A-Za-z]:/.test(name) || name.includes('\\') || name.includes('\0');
  if (unsafe || name.split('/').includes('..') || !`${file}${path.sep}`.startsWith(`${root}${path.sep}`))
    throw new Error(`the entry ${JSON.stringify(name)} would lie outside of the folder`);
  return file;
}
