import fs from 'node:fs';
import { readProcLink } from './proc.ts';

const LISTEN = '0A';

/** TCP ports on which a process listens, by the inodes of its sockets (proc_net_tcp(5)). */
export function listeningPorts(pid: number): number[] {
  const inodes = socketInodes(pid);
  if (inodes.size === 0) return [];
  const ports = ['tcp', 'tcp6'].flatMap((name) =>
    fs
      .readFileSync(`/proc/net/${name}`, 'latin1')
      .split('\n')
      .slice(1)
      .flatMap((line) => {
        const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
        return state === LISTEN && inodes.has(inode) ? [Number.parseInt(local.split(':')[1] ?? '', 16)] : [];
      }),
  );
  return [...new Set(ports)];
}

function socketInodes(pid: number): Set<string> {
  let entries: string[] = [];
  try {
    entries = fs.readdirSync(`/proc/${pid}/fd`);
  } catch {
    // gone, or another user's
  }
  return new Set(entries.flatMap((entry) => /^socket:\[(\d+)\]$/.exec(readProcLink(pid, `fd/${entry}`))?.[1] ?? []));
}
