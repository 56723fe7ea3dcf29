import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listeningPorts } from './listening-ports.ts';
import { killNow, listPids, readCommandLine, readProc, readProcLink } from './proc.ts';
import type { SharedMemory } from './shared-memory.ts';

export interface Place {
  readonly mark: string;
  readonly runtime: string;
  readonly data: string;
  readonly sharedMemory: SharedMemory;
}
/** What is meant to be there: processes by pid, and whatever mentions one of the names (ids of living sessions). */
export interface Expected {
  readonly pids: ReadonlySet<number>;
  readonly names: readonly string[];
}
export const NOTHING: Expected = { pids: new Set(), names: [] };

/**
 * One line for everything of a place that is there and not expected: processes that mention its mark in command line, working folder or
 * environment (with the ports they listen on), Unix sockets, what lies in the folders of sessions and data, and memory shared by ended servers.
 */
export function findTraces(place: Place, expected: Expected): string[] {
  const pids = findMarked(place, expected);
  place.sharedMemory.see(pids);
  const processes = pids.map((pid) => {
    const ports = listeningPorts(pid);
    return `process ${pid}: ${readCommandLine(pid)}${ports.length > 0 ? ` (listens on ${ports.join(', ')})` : ''}`;
  });
  const files = [path.join(place.runtime, 'sessions'), place.data].flatMap((folder) =>
    readFolder(folder).map((name) => `folder ${path.join(folder, name)}`),
  );
  const unexpected = (text: string) => !expected.names.some((name) => text.includes(name));
  return [...processes, ...[...unixSockets(place.mark), ...files].filter(unexpected), ...place.sharedMemory.left()];
}

/** Looks again and again until nothing is there; answers how long that took from `since`, and what still is there at the end. */
export async function untilGone(
  place: Place,
  expected: Expected,
  { since, timeoutMs }: { readonly since: number; readonly timeoutMs: number },
): Promise<{ readonly ms: number; readonly left: readonly string[] }> {
  for (;;) {
    const left = findTraces(place, expected);
    const ms = performance.now() - since;
    if (left.length === 0) place.sharedMemory.forget();
    if (left.length === 0 || ms > timeoutMs) return { ms, left };
    await sleep(8);
  }
}

/** After a failure, so that the next round starts clean. */
export function removeTraces(place: Place, expected: Expected): void {
  for (let tries = 0; tries < 50; tries++) {
    const pids = findMarked(place, expected);
    if (pids.length === 0) break;
    place.sharedMemory.see(pids);
    for (const pid of pids) killNow(pid);
  }
  for (const folder of [path.join(place.runtime, 'sessions'), place.data])
    for (const name of readFolder(folder))
      if (!expected.names.some((known) => name.includes(known)))
        fs.rmSync(path.join(folder, name), { recursive: true, force: true, maxRetries: 10 });
  place.sharedMemory.remove();
}

function findMarked({ mark }: Place, expected: Expected): number[] {
  return listPids().filter((pid) => {
    if (pid === process.pid || expected.pids.has(pid)) return false;
    const texts = [readProc(pid, 'cmdline'), readProcLink(pid, 'cwd'), readProc(pid, 'environ')];
    return texts.some((text) => text.includes(mark)) && !texts.some((text) => expected.names.some((name) => text.includes(name)));
  });
}

function unixSockets(mark: string): string[] {
  return fs
    .readFileSync('/proc/net/unix', 'latin1')
    .split('\n')
    .filter((line) => line.includes(mark))
    .map((line) => `socket ${line.slice(line.indexOf('/'))}`);
}

function readFolder(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}
