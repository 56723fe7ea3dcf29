import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { listPids, readCommandLine, readProc } from './proc.ts';

/**
 * Memory that PostgreSQL shares outlives the server that made it, unless the server itself or somebody after it takes it away. It names no
 * session: whose it is shows only while the server lives.
 */
export interface SharedMemory {
  /** Called with processes that are seen alive; remembers what belongs to those that are servers of PostgreSQL. */
  see(pids: readonly number[]): void;
  /** What is still there of servers that have gone. */
  left(): readonly string[];
  remove(): void;
  /** What comes next has nothing to do with what was seen: process ids come again. */
  forget(): void;
}

export function createSharedMemory(): SharedMemory {
  const servers = new Set<number>();
  const files = new Set<string>();
  const segments = () => readSegments().filter(({ creator }) => servers.has(creator) && !isAlive(creator));
  const leftFiles = () => ([...servers].some(isAlive) ? [] : [...files].filter((file) => fs.existsSync(file)));
  const forget = () => {
    servers.clear();
    files.clear();
  };
  return {
    see: (pids) => {
      for (const pid of pids) {
        if (servers.has(pid) || !readCommandLine(pid).includes('postgres -D')) continue;
        servers.add(pid);
        for (const [file] of readProc(pid, 'maps').matchAll(/\/dev\/shm\/PostgreSQL\.\d+/g)) files.add(file);
      }
    },
    left: () => [
      ...segments().map(({ id, creator }) => `shared memory segment ${id} of the ended process ${creator}`),
      ...leftFiles().map((file) => `shared memory ${file}`),
    ],
    remove: () => {
      for (const { id } of segments()) spawnSync('ipcrm', ['-m', String(id)]);
      for (const file of leftFiles()) fs.rmSync(file, { force: true });
      forget();
    },
    forget,
  };
}

/** proc_sysvipc(5): key, shmid, perms, size, cpid, ... */
function readSegments(): { readonly id: number; readonly creator: number }[] {
  let text = '';
  try {
    text = fs.readFileSync('/proc/sysvipc/shm', 'latin1');
  } catch {
    // a kernel without System V memory
  }
  return text
    .split('\n')
    .slice(1)
    .filter(Boolean)
    .map((line) => line.trim().split(/\s+/).map(Number))
    .map(([, id = 0, , , creator = 0]) => ({ id, creator }));
}

function isAlive(pid: number): boolean {
  return listPids().includes(pid) && readCommandLine(pid).includes('postgres -D');
}
