import fs from 'node:fs';

// What the kernel says of processes, read without any code of the product: what the product thinks of them is what is being tested.

export interface ProcStat {
  readonly pid: number;
  readonly ppid: number;
  readonly state: string;
  readonly startTime: string;
}

export function listPids(): number[] {
  return fs
    .readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid));
}

/** Undefined when it is gone or a zombie. */
export function readProcStat(pid: number): ProcStat | undefined {
  const text = readProc(pid, 'stat');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = 'X', ppid] = fields;
  return text === '' || state === 'Z' || state === 'X'
    ? undefined
    : { pid, ppid: Number(ppid), state, startTime: fields[19] ?? '' };
}

/** Command line with spaces; empty when it is gone. */
export function readCommandLine(pid: number): string {
  return readProc(pid, 'cmdline').replaceAll('\0', ' ').trim();
}

/** The child of `parent` whose command line is meant. Right after its fork a child still has the command line of its parent. */
export function findChild(parent: number, isMeant: (commandLine: string) => boolean): number | undefined {
  return listPids().find((pid) => readProcStat(pid)?.ppid === parent && isMeant(readCommandLine(pid)));
}

/** Empty when it can't be read. */
export function readProc(pid: number, name: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return '';
  }
}

export function readProcLink(pid: number, name: string): string {
  try {
    return fs.readlinkSync(`/proc/${pid}/${name}`);
  } catch {
    return '';
  }
}

/** Sends SIGKILL; false when it was gone. */
export function killNow(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}
