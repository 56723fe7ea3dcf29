import fs from 'node:fs';
import path from 'node:path';

/** Makes a folder and what is missing above it, all with this mode whatever the umask; what is there keeps its own. */
export function makeFolder(folder: string, mode: number): void {
  const topmost = fs.mkdirSync(folder, { recursive: true, mode });
  for (let at = folder; topmost && at.startsWith(topmost); at = path.dirname(at)) fs.chmodSync(at, mode);
}

/** For folders of ours that services live in: those of root run as another uid, which must be able to traverse. */
export const OWN_FOLDER_MODE = process.getuid?.() === 0 ? 0o711 : 0o700;
