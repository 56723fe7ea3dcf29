import fs from 'node:fs';
import { namesIn } from '../read-if-there.ts';
import { type ProcessStat, readStat } from './process-identity.ts';

/** Every living process that this user can see. Linux only: elsewhere empty. */
export function listProcesses(): ProcessStat[] {
  const found: ProcessStat[] = [];
  for (const pid of listPids()) {
    const stat = readStat(pid);
    if (stat && stat.state !== 'Z' && stat.state !== 'X') found.push(stat);
  }
  return found;
}

/** The pids of all processes, without a look at them. */
export function listPids(): number[] {
  return namesIn('/proc').map(Number).filter(Number.isInteger);
}

/** All descendants of the given pids in `table`, children before grandchildren; the given ones are not among them. */
export function descendantsOf(pids: readonly number[], table: readonly ProcessStat[]): ProcessStat[] {
  const children = Map.groupBy(table, (process) => process.ppid);
  const found: ProcessStat[] = [];
  const seen = new Set(pids);
  const queue = [...pids];
  for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
    for (const child of children.get(pid) ?? []) {
      if (seen.has(child.pid)) continue;
      seen.add(child.pid);
      found.push(child);
      queue.push(child.pid);
    }
  }
  return found;
}

/** The value of a variable in the environment that the process was started with; undefined when absent or not readable. */
export function startEnvironment(pid: number, name: string): string | undefined {
  let text: string;
  try {
    text = fs.readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return undefined;
  }
  const at = text.startsWith(`${name}=`) ? 0 : text.indexOf(`\0${name}=`) + 1;
  if (at === 0 && !text.startsWith(`${name}=`)) return undefined;
  const end = text.indexOf('\0', at);
  return text.slice(at + name.length + 1, end === -1 ? undefined : end);
}

/** The environment that the process was started with; undefined when it is not readable. Bytes, not characters, above ASCII. */
export function startEnvironmentOf(pid: number): ReadonlyMap<string, string> | undefined {
  try {
    const entries = fs.readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').filter(Boolean);
    return new Map(entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]));
  } catch {
    return undefined;
  }
}

/** True when the process works inside `folder`: PostgreSQL's backends are found by this after their postmaster is gone. */
export function worksIn(pid: number, folder: string): boolean {
  try {
    const cwd = fs.readlinkSync(`/proc/${pid}/cwd`).replace(/ \(deleted\)$/, '');
    return cwd === folder || cwd.startsWith(`${folder}/`);
  } catch {
    return false;
  }
}

/** The command line as one string, for messages. */
export function commandLine(pid: number): string {
  return commandWords(pid).join(' ').trim();
}

/** Empty when the process is gone. */
export function commandWords(pid: number): string[] {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0$/, '').split('\0').filter(Boolean);
  } catch {
    return [];
  }
}
