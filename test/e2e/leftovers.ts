import fs from 'node:fs';
import path from 'node:path';

// Shares no code with src/: what Seatrial thinks of processes is what is being tested.

interface Traces {
  readonly top: string;
  readonly runtime: string;
  readonly data: string;
  readonly sids: ReadonlySet<number>;
}

/**
 * Everything of a test that is still there: processes that name its folder in their command line, environment, working folder or open files,
 * or live in a session that the test started; folders of sessions and data. One line each.
 */
export function findLeftovers({ top, runtime, data, sids }: Traces): string[] {
  return [
    ...findProcesses(top, sids).map(({ pid, text }) => `process ${pid}: ${text}`),
    ...listFolder(path.join(runtime, 'sessions')),
    ...listFolder(data),
  ];
}

/** For the watchdog's work after a SIGKILL, on a machine that is busy with other tests; the soak measures how long it takes on a quiet one. */
export const WATCHDOG_MS = 10_000;

/** Waits until nothing is left; answers what still is after `timeoutMs`. */
export async function leftoversAfter(traces: Traces, timeoutMs = 0): Promise<string[]> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = findLeftovers(traces);
    if (found.length === 0 || performance.now() > deadline) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** For the end of a test that failed: ends what it started. */
export function endEverything({ top, sids }: Traces): void {
  for (let round = 0; round < 20; round++) {
    const found = findProcesses(top, sids);
    if (found.length === 0) return;
    for (const { pid } of found) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // gone meanwhile
      }
    }
  }
}

export function findProcesses(
  top: string,
  sids: ReadonlySet<number> = new Set(),
): { readonly pid: number; readonly text: string }[] {
  return fs.readdirSync('/proc').flatMap((entry) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid || isZombie(pid) || !(mentions(pid, top) || sids.has(sessionOf(pid))))
      return [];
    return [{ pid, text: read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim() }];
  });
}

function mentions(pid: number, top: string): boolean {
  if (['cmdline', 'environ'].some((name) => read(`/proc/${pid}/${name}`).includes(top))) return true;
  const links = ['cwd', ...list(`/proc/${pid}/fd`).map((fd) => `fd/${fd}`)];
  return links.some((link) => readLink(`/proc/${pid}/${link}`).startsWith(top));
}

function isZombie(pid: number): boolean {
  return /^[ZX]?$/.test(statFields(pid)[0] ?? '');
}

function sessionOf(pid: number): number {
  return Number(statFields(pid)[3]);
}

function statFields(pid: number): string[] {
  const text = read(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function listFolder(folder: string): string[] {
  return list(folder).map((name) => path.join(folder, name));
}

function list(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function readLink(file: string): string {
  try {
    return fs.readlinkSync(file);
  } catch {
    return '';
  }
}
