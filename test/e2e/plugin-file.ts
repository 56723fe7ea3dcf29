import { fileURLToPath } from 'node:url';

/** A plug-in of ours, as test files of a project can import it. */
export function pluginFile(name: string): string {
  return fileURLToPath(new URL(`../../src/runners/${name}`, import.meta.url));
}
