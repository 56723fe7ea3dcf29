import fs from 'node:fs';
import { pathToFileURL } from 'node:url';
import { SeatrialError } from '../errors.ts';
import { labelOf } from './read-document.ts';
import type { SourceDocument } from './source-document.ts';

/** Imports `seatrial.config.ts` or `.js` and takes its default export; Node itself strips the types. */
export async function readModule(file: string, cwd: string): Promise<SourceDocument> {
  const label = labelOf(file, cwd);
  const value = await load(file, label);
  if (value === undefined || value === null)
    throw new SeatrialError('SEATRIAL_CONFIG_INVALID', `${label}: it has no default export`, {
      hint: "write `export default defineConfig({ ... })`, with `import { defineConfig } from 'seatrial'`",
      details: { file },
    });
  return { file, label, value: JSON.parse(JSON.stringify(value)), locate: () => undefined };
}

async function load(file: string, label: string): Promise<unknown> {
  if (!fs.existsSync(file))
    throw new SeatrialError('SEATRIAL_CONFIG_NOT_FOUND', `there is no file ${label}`, { details: { file } });
  try {
    const module = (await import(pathToFileURL(file).href)) as { default?: unknown };
    const value = module.default;
    return typeof value === 'function' ? await value() : value;
  } catch (cause) {
    const { code, message } = cause as { code?: string; message?: string };
    throw new SeatrialError('SEATRIAL_CONFIG_INVALID', `${label} can't be loaded: ${message ?? String(cause)}`, {
      cause,
      details: { file },
      hint: hintFor(code, message ?? ''),
    });
  }
}

function hintFor(code: string | undefined, message: string): string {
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX')
    return 'only types that can be stripped work there (no enum, namespace or parameter property)';
  if (code === 'ERR_MODULE_NOT_FOUND' && message.includes("'seatrial'"))
    return 'install seatrial in the project (npm install --save-dev seatrial), or export the object without defineConfig';
  return 'it must be loadable by `node` as it is';
}
