import fs from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import yauzl from 'yauzl';
import { safeJoin } from './safe-join.ts';

/** The promise half of yauzl 3, which its types do not name. */
interface Yauzl {
  openPromise(file: string, options: { readonly lazyEntries: true; readonly strictFileNames: true }): Promise<ZipFile>;
}
interface ZipFile {
  eachEntry(): AsyncIterable<ZipEntry>;
  openReadStreamPromise(entry: ZipEntry): Promise<Readable>;
  close(): void;
}
interface ZipEntry {
  readonly fileName: string;
  readonly externalFileAttributes: number;
}

const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;
const FOLDER = 0o040000;

/** Unpacks a zip archive. Only folders and files are allowed. */
export async function extract(archive: string, target: string, signal: AbortSignal): Promise<void> {
  const zip = await (yauzl as unknown as Yauzl).openPromise(archive, { lazyEntries: true, strictFileNames: true });
  try {
    for await (const entry of zip.eachEntry()) {
      signal.throwIfAborted();
      const file = safeJoin(target, entry.fileName);
      const mode = entry.externalFileAttributes >>> 16;
      const type = mode & FILE_TYPE;
      if (type !== 0 && type !== REGULAR && type !== FOLDER)
        throw new Error(`the entry ${JSON.stringify(entry.fileName)} is neither a file nor a folder`);
      if (entry.fileName.endsWith('/')) {
        fs.mkdirSync(file, { recursive: true });
        continue;
      }
      fs.mkdirSync(path.dirname(file), { recursive: true });
      // wx: an archive that names a file twice is refused
      await pipeline(
        await zip.openReadStreamPromise(entry),
        fs.createWriteStream(file, { flags: 'wx', mode: mode & 0o100 ? 0o755 : 0o644 }),
        { signal },
      );
    }
  } finally {
    zip.close();
  }
}
