import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { SeatrialError } from '../errors.ts';
import { chooseDataRoot, dataRoots, runtimeDir } from '../util/platform/folders.ts';
import { makeFolder, OWN_FOLDER_MODE } from '../util/platform/make-folder.ts';
import { pidScope, selfIdentity } from '../util/platform/process-identity.ts';
import { namesIn } from '../util/read-if-there.ts';
import { type Owner, readOwner, writeOwner } from './ledger.ts';

/** The two places of a session: `folder` (ledger, socket, token; on the runtime dir) and one data folder in each data root that it uses. */
export interface SessionFolder {
  readonly id: string;
  readonly folder: string;
  /** The data folder in the root that has room for a service of that size; made when first asked for. */
  dataFolder(bytes: number): string;
  /** Those made so far. */
  dataFolders(): readonly string[];
}

/**
 * Makes the folder of a new session. It appears under its name only with its owner in it, so that nobody takes it for an orphan's.
 * `onDataFolder` is told of each data folder before it is made: who cleans up may have other data roots (TMPDIR, SEATRIAL_DATA_DIR).
 */
export function createSessionFolder(onDataFolder: (folder: string) => void = () => {}): SessionFolder {
  const id = `${Date.now().toString(36)}${crypto.randomBytes(4).toString('hex')}`;
  const owner: Owner = { session: id, startedAt: Date.now(), ...selfIdentity(), ...pidScope() };
  const parent = sessionsFolder();
  const folder = path.join(parent, id);
  makeUsable(parent, id, owner, 'the runtime folder', 'set SEATRIAL_RUNTIME_DIR to a folder of yours with a short path');
  const made = new Map<string, string>();
  return {
    id,
    folder,
    dataFolders: () => [...made.values()],
    dataFolder: (bytes) => {
      const root = chooseDataRoot(bytes);
      const known = made.get(root);
      if (known) return known;
      onDataFolder(path.join(root, id));
      makeUsable(root, id, owner, 'the data folder', 'set SEATRIAL_DATA_DIR to a folder with room, on memory or disk');
      made.set(root, path.join(root, id));
      return path.join(root, id);
    },
  };
}

function makeUsable(parent: string, id: string, owner: Owner, what: string, hint: string): void {
  try {
    makeOwned(parent, id, owner);
  } catch (cause) {
    throw new SeatrialError('SEATRIAL_RUNTIME_UNUSABLE', `${what} ${parent} can't be written: ${(cause as Error).message}`, {
      cause,
      hint,
    });
  }
}

export function sessionsFolder(): string {
  return path.join(runtimeDir(), 'sessions');
}

/** The folders of all sessions, living or not: by id, those in the runtime dir and those in the data roots. */
export function listSessionFolders(): Map<string, { folder: string | undefined; data: string[]; owner: Owner | undefined }> {
  const found = new Map<string, { folder: string | undefined; data: string[]; owner: Owner | undefined }>();
  const at = (id: string) => {
    const entry = found.get(id) ?? { folder: undefined, data: [], owner: undefined };
    found.set(id, entry);
    return entry;
  };
  for (const id of sessionNames(sessionsFolder())) {
    const folder = path.join(sessionsFolder(), id);
    const entry = at(id);
    entry.folder = folder;
    entry.owner = readOwner(folder);
  }
  for (const root of dataRoots()) {
    for (const id of sessionNames(root)) {
      const entry = at(id);
      entry.data.push(path.join(root, id));
      entry.owner ??= readOwner(path.join(root, id));
    }
  }
  return found;
}

/** Folders under construction start with a dot: the sweep leaves young ones alone. */
function makeOwned(parent: string, id: string, owner: Owner): void {
  const mode = OWN_FOLDER_MODE;
  makeFolder(parent, mode);
  const { uid } = fs.statSync(parent);
  if (process.getuid && uid !== process.getuid()) throw new Error(`${parent} belongs to another user (uid ${uid})`);
  const draft = path.join(parent, `.${id}`);
  fs.mkdirSync(draft, { mode });
  fs.chmodSync(draft, mode);
  writeOwner(draft, owner);
  fs.renameSync(draft, path.join(parent, id));
}

/** Only what has the form of our names: a data root may be any folder of the user's, and the sweep removes what it takes for ours. */
function sessionNames(folder: string): string[] {
  return namesIn(folder).filter((name) => /^\.?[0-9a-z]{8}[0-9a-f]{8}$/.test(name));
}
