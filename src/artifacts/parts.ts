import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { SeatrialError } from '../errors.ts';
import { checksumMismatch } from './checksum-mismatch.ts';

/** One jar of a build that is made of many. */
export interface Part {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  /** As Maven names it. */
  readonly file: string;
}

/** Reads a line of the lock list: `group:artifact:version sha256`. */
export function parsePart(line: string): Part & { readonly sha256: string } {
  const [coordinates = '', sha256 = ''] = line.split(' ');
  return { ...toPart(coordinates), sha256 };
}

/** `group:artifact:version` */
export function toPart(coordinates: string): Part {
  const [group = '', artifact = '', version = ''] = coordinates.split(':');
  return { group, artifact, version, file: `${artifact}-${version}.jar` };
}

/** Moves the jars from `folder` to the new folder `files`, each checked; the first that is missing or another one is why nothing is kept. */
export async function takeParts(folder: string, files: string, lines: readonly string[], source: string): Promise<void> {
  fs.mkdirSync(files);
  fs.chmodSync(files, 0o755);
  for (const { file, sha256 } of lines.map(parsePart)) {
    const from = path.join(folder, file);
    if (!fs.existsSync(from))
      throw new SeatrialError(
        'SEATRIAL_ARTIFACT_FETCH_FAILED',
        `the client said that it fetched ${source}, but wrote no ${file}`,
      );
    const got = createHash('sha256').update(fs.readFileSync(from)).digest('hex');
    if (got !== sha256) throw checksumMismatch(file, source, sha256, got);
    fs.chmodSync(from, 0o644);
    fs.renameSync(from, path.join(files, file));
  }
}
