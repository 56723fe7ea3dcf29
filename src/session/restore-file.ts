import crypto from 'node:crypto';
import fs from 'node:fs';
import type { OwnedThing } from './ledger.ts';

export type WrittenFile = Extract<OwnedThing, { kind: 'file' }>;

/**
 * Puts a file of the project back as it was, content and mode; called by the session, its watchdog and the sweep, whoever comes first. A file
 * that does not hold what the session wrote is left alone: the user, or another run, has written it since. An empty one is ours, cut off
 * between being emptied and being written. `evenIfChanged` is for whoever failed while writing it.
 */
export function restoreFile(
  { path: file, sha256, original }: WrittenFile,
  { evenIfChanged = false }: { readonly evenIfChanged?: boolean } = {},
): void {
  const now = readIfThere(file);
  const before = original && Buffer.from(original.base64, 'base64');
  if (now === undefined) return;
  if (!evenIfChanged && now.length > 0 && hashOf(now) !== sha256 && !before?.equals(now)) return;
  if (!before) {
    fs.rmSync(file, { force: true });
    return;
  }
  if (!now.equals(before)) fs.writeFileSync(file, before);
  fs.chmodSync(file, original.mode);
}

export function hashOf(content: string | Buffer): string {
  return crypto.createHash('sha256').update(content).digest('hex');
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
