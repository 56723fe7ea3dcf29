import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { inRoot } from './root.mjs';

const OLDEST = [22, 18]; // runs TypeScript sources without a flag

/** The environment for tasks: the Node that the sources need and the tools of node_modules come first on PATH. */
export function developmentEnv() {
  const bin = inRoot('node_modules', '.bin');
  const folders = [path.dirname(developmentNode()), bin, process.env.PATH ?? ''];
  return { ...process.env, PATH: [...new Set(folders)].join(path.delimiter) };
}

/** Absolute path of the Node that tasks run on: the one from the lock, else the present one when it is new enough. */
export function developmentNode() {
  const pinned = inRoot('node_modules', '.bin', 'node');
  if (fs.existsSync(pinned) && spawnSync(pinned, ['--version']).status === 0) return pinned;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return process.execPath;
  throw new Error(
    `Node ${OLDEST.join('.')} or newer is needed and this is ${process.version}; the package registry has none for ${process.platform}-${process.arch}`,
  );
}
