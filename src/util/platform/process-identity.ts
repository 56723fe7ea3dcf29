import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

/** A process that can't be mistaken for a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal for the same process only. Clock ticks since boot on Linux. */
  readonly startTime: string;
}

/** The start time of a process; undefined when there is none with that pid, or only its zombie. */
export function processStartTime(pid: number): string | undefined {
  if (process.platform !== 'linux') return startTimeFromPs(pid);
  const stat = readStat(pid);
  return stat === undefined || stat.state === 'Z' || stat.state === 'X' ? undefined : stat.startTime;
}

export function identityOf(pid: number): ProcessIdentity | undefined {
  const startTime = processStartTime(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

export function isProcessAlive(identity: ProcessIdentity): boolean {
  return processStartTime(identity.pid) === identity.startTime;
}

let ownIdentity: ProcessIdentity | undefined;
/** This process. */
export function selfIdentity(): ProcessIdentity {
  ownIdentity ??= identityOf(process.pid) ?? { pid: process.pid, startTime: 'unknown' };
  return ownIdentity;
}

/** Where pids mean the same: this boot of the machine, and this pid namespace. Entries of another one are not ours to judge. */
export interface PidScope {
  readonly boot: string;
  readonly pidNamespace: string;
}

let scope: PidScope | undefined;
export function pidScope(): PidScope {
  scope ??= {
    boot: readText('/proc/sys/kernel/random/boot_id') ?? 'unknown',
    pidNamespace: readLink('/proc/self/ns/pid') ?? 'only',
  };
  return scope;
}

export interface ProcessStat extends ProcessIdentity {
  readonly name: string;
  readonly state: string;
  readonly ppid: number;
  readonly pgid: number;
  readonly sid: number;
}

/** One line of the process table (proc_pid_stat(5)); undefined when the process is gone. Linux only. */
export function readStat(pid: number): ProcessStat | undefined {
  const text = readText(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const close = text.lastIndexOf(')'); // the name may hold spaces and parentheses
  const fields = text.slice(close + 2).split(' ');
  const number = (index: number) => Number(fields[index]);
  return {
    pid,
    name: text.slice(text.indexOf('(') + 1, close),
    state: fields[0] ?? '?',
    ppid: number(1),
    pgid: number(2),
    sid: number(3),
    startTime: fields[19] ?? '',
  };
}

function startTimeFromPs(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
  } catch {
    return undefined;
  }
}

function readText(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'latin1').trimEnd();
  } catch {
    return undefined;
  }
}

function readLink(file: string): string | undefined {
  try {
    return fs.readlinkSync(file);
  } catch {
    return undefined;
  }
}
