import path from 'node:path';
import { findFirst } from './find-upward.ts';
import type { SourceDocument } from './source-document.ts';

const CONFIG_FILES = [
  ...['seatrial.yaml', 'seatrial.yml', 'seatrial.json'],
  ...['seatrial.config.ts', 'seatrial.config.mts', 'seatrial.config.js', 'seatrial.config.mjs'],
];

/** The configuration file that is named, else the nearest one upward; undefined when there is none. */
export async function openFile(
  given: string | undefined,
  cwd: string,
  folders: readonly string[],
): Promise<SourceDocument | undefined> {
  const file = given === undefined ? findFirst(folders, CONFIG_FILES) : path.resolve(cwd, given);
  if (file === undefined) return undefined;
  if (/\.[cm]?[jt]s$/.test(file)) return (await import('./read-module.ts')).readModule(file, cwd);
  return (await import('./read-document.ts')).readDocument(file, cwd);
}
