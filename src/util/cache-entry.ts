import fs from 'node:fs';
import path from 'node:path';
import { isProcessAlive, pidScope, selfIdentity } from './platform/process-identity.ts';
import { namesIn } from './read-if-there.ts';

/** A mark of another pid namespace or machine is believed for this long. */
const FOREIGN_MARK_MS = 24 * 3_600_000;

const marks = new Set<string>();

/**
 * Says that this process uses a folder `<cache>/<group>/<name>` until it ends: it is the most recent one for eviction, and not evicted.
 * Call it before looking whether the folder is whole. Silent where the cache is read-only: nothing is evicted there either.
 */
export function markUsed(folder: string): void {
  const now = new Date();
  try {
    fs.utimesSync(folder, now, now);
  } catch {
    // absent yet, or somebody else's
  }
  const mark = path.join(usersFolder(folder), String(process.pid));
  if (marks.has(mark)) return;
  if (!writeMark(mark)) return;
  if (marks.size === 0) process.once('exit', dropMarks);
  marks.add(mark);
}

/** True when a living process, this one included, has marked the folder. Marks of dead ones are removed. */
export function isUsed(folder: string): boolean {
  const users = usersFolder(folder);
  let used = false;
  for (const name of namesIn(users)) {
    const file = path.join(users, name);
    if (isLiving(file)) used = true;
    else fs.rmSync(file, { force: true });
  }
  return used;
}

/** Tried again when a process that ends removes the folder in between. */
function writeMark(mark: string): boolean {
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      fs.mkdirSync(path.dirname(mark), { recursive: true });
      fs.writeFileSync(mark, JSON.stringify({ ...selfIdentity(), ...pidScope() }));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return false;
    }
  }
  return false;
}

function usersFolder(folder: string): string {
  const group = path.dirname(folder);
  return path.join(path.dirname(group), 'users', `${path.basename(group)}--${path.basename(folder)}`);
}

function isLiving(file: string): boolean {
  try {
    const mark = JSON.parse(fs.readFileSync(file, 'utf8')) as {
      pid: number;
      startTime: string;
      boot: string;
      pidNamespace: string;
    };
    const here = pidScope();
    if (mark.boot === here.boot && mark.pidNamespace === here.pidNamespace) return isProcessAlive(mark);
    return Date.now() - fs.statSync(file).mtimeMs < FOREIGN_MARK_MS;
  } catch {
    return false;
  }
}

function dropMarks(): void {
  for (const mark of marks) {
    fs.rmSync(mark, { force: true });
    try {
      fs.rmdirSync(path.dirname(mark));
    } catch {
      // others use it too
    }
  }
}
