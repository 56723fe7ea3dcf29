import fs from 'node:fs';
import os from 'node:os';

/** A TCP connection of this machine as seen from its client end (proc_net_tcp(5)). */
export interface TcpConnection {
  readonly localPort: number;
  readonly state: 'open' | 'closed';
  /** 0 once it is closed: the kernel has forgotten whose it was. */
  readonly inode: number;
}

const TIME_WAIT = '06';

/** Connections to a remote IP literal and port, open ones and those closed within the last minute. Linux only: elsewhere empty. */
export function connectionsTo(address: string, port: number): TcpConnection[] {
  const wanted = new Set([...hexForms(address)].map((hex) => `${hex}:${port.toString(16).toUpperCase().padStart(4, '0')}`));
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    readLines(file).flatMap((line) => {
      const [, local = '', remote = '', state = '', , , , , , inode = '0'] = line.trim().split(/\s+/);
      if (!wanted.has(remote)) return [];
      return [
        {
          localPort: Number.parseInt(local.split(':')[1] ?? '0', 16),
          state: state === TIME_WAIT ? ('closed' as const) : ('open' as const),
          inode: Number(inode),
        },
      ];
    }),
  );
}

/** Whether the process has one of these sockets. */
export function holdsSocket(pid: number, inodes: ReadonlySet<number>): boolean {
  let entries: string[];
  try {
    entries = fs.readdirSync(`/proc/${pid}/fd`);
  } catch {
    return false;
  }
  return entries.some((entry) => {
    try {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(fs.readlinkSync(`/proc/${pid}/fd/${entry}`)) ?? [];
      return inode !== undefined && inodes.has(Number(inode));
    } catch {
      return false;
    }
  });
}

/** As the kernel prints it: 32-bit words in host byte order; an IPv4 address also in its IPv6-mapped form. */
function hexForms(address: string): string[] {
  if (address.includes(':')) {
    const bytes = ipv6Bytes(address);
    return bytes ? [toWords(bytes)] : [];
  }
  const bytes = address.split('.').map(Number);
  if (bytes.length !== 4 || bytes.some((byte) => !(byte >= 0 && byte <= 255))) return [];
  return [toWords(bytes), toWords([...new Array(10).fill(0), 255, 255, ...bytes])];
}

function toWords(bytes: readonly number[]): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 4) {
    const word = bytes.slice(i, i + 4);
    for (const byte of os.endianness() === 'LE' ? word.reverse() : word) text += byte.toString(16).toUpperCase().padStart(2, '0');
  }
  return text;
}

function ipv6Bytes(address: string): number[] | undefined {
  const [head = '', tail] = address.split('::');
  const groups = (part: string | undefined) => (part ? part.split(':').map((group) => Number.parseInt(group, 16)) : []);
  const before = groups(head);
  const after = groups(tail);
  const missing = 8 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 0) return undefined;
  const all = [...before, ...new Array(tail === undefined ? 0 : missing).fill(0), ...after];
  return all.some((group) => Number.isNaN(group)) ? undefined : all.flatMap((group) => [group >> 8, group & 255]);
}

function readLines(file: string): string[] {
  try {
    return fs.readFileSync(file, 'latin1').split('\n').slice(1).filter(Boolean);
  } catch {
    return [];
  }
}
