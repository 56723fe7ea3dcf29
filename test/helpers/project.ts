import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, onTestFinished } from 'vitest';
import { builtin } from '../../src/builtin.ts';
import { type ResolveOptions, resolveConfig } from '../../src/config/resolve-config.ts';
import type { ResolvedConfig } from '../../src/core/config.ts';
import { isSeatrialError, type SeatrialError } from '../../src/errors.ts';

// What is parsed is kept in the cache: not in the user's.
const cache = fs.mkdtempSync(path.join(os.tmpdir(), 'seatrial-cache-'));
process.env.SEATRIAL_CACHE_DIR = cache;
afterAll(() => fs.rmSync(cache, { recursive: true, force: true }));

/** A project of the given files in a temporary git root called `shop`; removed after the test. */
export function makeProject(files: Readonly<Record<string, string>>): string {
  const parent = fs.mkdtempSync(path.join(os.tmpdir(), 'seatrial-config-'));
  onTestFinished(() => fs.rmSync(parent, { recursive: true, force: true }));
  const root = path.join(parent, 'shop');
  fs.mkdirSync(path.join(root, '.git'), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(root, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
  return root;
}

/** Resolves with an empty environment and the built-in kinds, unless told otherwise. */
export function resolve(cwd: string, options: Partial<ResolveOptions> = {}): Promise<ResolvedConfig> {
  return resolveConfig({ cwd, env: {}, registry: builtin, ...options });
}

export function resolveFiles(
  files: Readonly<Record<string, string>>,
  options: Partial<ResolveOptions> = {},
): Promise<ResolvedConfig> {
  return resolve(makeProject(files), options);
}

/** The error that a promise ends with; fails when it does not. */
export async function errorOf(promise: Promise<unknown>): Promise<SeatrialError> {
  try {
    await promise;
  } catch (error) {
    if (isSeatrialError(error)) return error;
    throw error;
  }
  throw new Error('it was expected to fail, and did not');
}
