import { fileURLToPath } from 'node:url';

/** The file of a module beside the caller's, as it is now: `.ts` when run from source, `.js` in the package. For programs that are started, not imported. */
export function siblingModule(meta: ImportMeta, relativePath: string): string {
  const extension = meta.url.endsWith('.ts') ? '.ts' : '.js';
  return fileURLToPath(new URL(`${relativePath}${extension}`, meta.url));
}
