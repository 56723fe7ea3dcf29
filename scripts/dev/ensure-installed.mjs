import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { inRoot, root } from './root.mjs';

const STAMP = inRoot('node_modules', '.seatrial-installed');

/**
 * Installs what package-lock.json names when that has not been done for exactly this lock. `npm install` and not `npm ci`: the latter
 * rejects packages whose `os` field is a string, as those of our pinned Node are. Fails when npm would have to change the lock.
 */
export function ensureInstalled() {
  const wanted = inputsHash();
  if (readOr(STAMP, '') === wanted) return;
  const lock = inRoot('package-lock.json');
  const before = readOr(lock, '');
  console.log('installing dependencies from package-lock.json ...');
  const startedAt = performance.now();
  const npm = spawnSync('npm', ['install', '--no-progress', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (npm.error) throw new Error(`cannot run npm: ${npm.error.message}`);
  if (npm.status !== 0) throw new Error(`npm install failed with exit code ${npm.status}`);
  if (readOr(lock, '') !== before)
    throw new Error('package.json asks for more than package-lock.json holds: npm has changed the lock; commit it');
  fs.writeFileSync(STAMP, wanted);
  console.log(`installed in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}

function inputsHash() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const file of ['package.json', 'package-lock.json', 'tools/node/package.json']) hash.update(readOr(inRoot(file), ''));
  return hash.digest('hex');
}

function readOr(file, fallback) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return fallback;
  }
}
