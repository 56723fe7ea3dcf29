import fs from 'node:fs';
import path from 'node:path';
import { formatBytes, formatDuration } from '../../util/format.ts';
import { cacheDir, dataRoots, freeBytes, runtimeDir } from '../../util/platform/folders.ts';
import { machine } from '../../util/platform/machine.ts';
import { LOOPBACK_V6, loopbackAddresses } from '../../util/platform/ports.ts';
import { serviceUser } from '../../util/platform/service-user.ts';
import { namesIn } from '../../util/read-if-there.ts';
import { unfit } from '../choose.ts';
import { LOCK_LIST } from '../lock-list.ts';
import type { Check } from './finding.ts';

const LEAST_NODE = [22, 18] as const;
const LEAST_CACHE_BYTES = 500_000_000;
/** Four copies of a fresh PostgreSQL data directory, and its WAL. */
const LEAST_SHM_BYTES = 4 * 40_000_000 + 256 * 1024 * 1024;
/** `sun_path` of a Unix socket holds 104 to 108 bytes, and a session's own folder and file follow. */
const LONGEST_RUNTIME_PATH = 60;
const STALE_MS = 3_600_000;

/** What the machine is and where our folders lie. */
export const machineChecks: readonly Check[] = [
  {
    title: 'Node.js',
    async check() {
      const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
      const detail = `${process.version}, ${process.execPath}`;
      if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return { level: 'ok', detail };
      return { level: 'fail', detail, hint: `install Node.js ${LEAST_NODE.join('.')} or later` };
    },
  },
  {
    title: 'Platform',
    async check() {
      const { platform, glibc, musl } = machine();
      const detail = `${platform}${glibc ? `, glibc ${glibc}` : musl ? ', musl' : ''}`;
      const without = LOCK_LIST.filter((entry) => unfit(entry) !== undefined).map((entry) => entry.key);
      if (without.length === 0) return { level: 'ok', detail: `${detail}; every server build runs here` };
      const level = without.length === LOCK_LIST.length ? 'fail' : 'warn';
      return {
        level,
        detail: `${detail}; no build of ${without.join(', ')}`,
        hint: 'use another driver for these: native, external',
      };
    },
  },
  {
    title: 'Cache folder',
    async check() {
      const problem = unwritable(cacheDir());
      const free = freeBytes(existing(cacheDir()));
      const detail = `${cacheDir()}, ${formatBytes(free)} free`;
      if (problem)
        return {
          level: 'fail',
          detail: `${detail}: ${problem}`,
          hint: 'set SEATRIAL_CACHE_DIR to a folder that you may write to',
        };
      if (free >= LEAST_CACHE_BYTES) return { level: 'ok', detail };
      return { level: 'warn', detail, hint: 'free some room (`seatrial prune --cache`), or set SEATRIAL_CACHE_DIR' };
    },
  },
  {
    title: 'Runtime folder',
    async check() {
      const folder = runtimeDir();
      const problem = unwritable(folder);
      const hint = 'set SEATRIAL_RUNTIME_DIR to a folder of your own with a short path';
      if (problem) return { level: 'fail', detail: `${folder}: ${problem}`, hint };
      if (folder.length <= LONGEST_RUNTIME_PATH) return { level: 'ok', detail: folder };
      return { level: 'warn', detail: `${folder} is long for Unix sockets (${folder.length} characters)`, hint };
    },
  },
  {
    title: 'Memory for data',
    async check() {
      if (process.platform !== 'linux') return { level: 'ok', detail: 'data lies on disk on this system' };
      const free = freeBytes('/dev/shm');
      if (free >= LEAST_SHM_BYTES) return { level: 'ok', detail: `/dev/shm has ${formatBytes(free)} free` };
      const detail = `/dev/shm has ${formatBytes(free)} free, too little for a database: data lies on disk, which is slower`;
      return { level: 'warn', detail, hint: `give it ${formatBytes(LEAST_SHM_BYTES)} or more (docker run --shm-size=1g)` };
    },
  },
  {
    title: 'Service user',
    async check() {
      if (process.getuid?.() !== 0)
        return { level: 'ok', detail: `services run as you (uid ${process.getuid?.() ?? 'unknown'})` };
      const user = serviceUser();
      const hint = 'set SEATRIAL_SERVICE_USER to an unprivileged account of this machine';
      if (!user)
        return { level: 'fail', detail: 'you are root, PostgreSQL refuses root, and there is no other account to run it', hint };
      const barred = [cacheDir(), runtimeDir()].find((folder) => !canTraverse(folder));
      if (barred === undefined) return { level: 'ok', detail: `you are root: services run as uid ${user.uid}` };
      return {
        level: 'fail',
        detail: `uid ${user.uid} can't reach ${barred}: a folder above it is closed`,
        hint: 'chmod o+x the folders above, or set SEATRIAL_CACHE_DIR',
      };
    },
  },
  {
    title: 'Loopback',
    async check() {
      const addresses = await loopbackAddresses();
      if (addresses.includes(LOOPBACK_V6)) return { level: 'ok', detail: addresses.join(' and ') };
      return {
        level: 'warn',
        detail: `${addresses.join(' ')} only: no ::1`,
        hint: 'nothing to do, unless your app insists on IPv6',
      };
    },
  },
  {
    title: 'Leftovers',
    async check() {
      const found = leftovers();
      if (found.length === 0) return { level: 'ok', detail: 'none' };
      return { level: 'warn', detail: found.join('; '), hint: 'if no seatrial runs, `seatrial prune` removes them' };
    },
  },
];

/** Half made entries of the cache, and data of sessions that is old: the living ones are the session's own to judge. */
function leftovers(): string[] {
  const halves = ['artifacts', 'prepared'].flatMap((group) =>
    entriesOf(path.join(cacheDir(), group)).filter((file) => path.basename(file).startsWith('.')),
  );
  return [...halves, ...dataRoots().flatMap(entriesOf)].flatMap((file) => {
    const ageMs = Date.now() - (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    return ageMs > STALE_MS ? [`${file} (${formatDuration(ageMs)} old)`] : [];
  });
}

function entriesOf(folder: string): string[] {
  return namesIn(folder).map((name) => path.join(folder, name));
}

/** The folder, or the nearest one above that exists. */
function existing(folder: string): string {
  return fs.existsSync(folder) || folder === path.dirname(folder) ? folder : existing(path.dirname(folder));
}

function unwritable(folder: string): string | undefined {
  try {
    fs.accessSync(existing(folder), fs.constants.W_OK | fs.constants.X_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS' ? 'it is on a read-only disk' : (error as Error).message;
  }
}

function canTraverse(folder: string): boolean {
  for (let here = existing(folder); ; here = path.dirname(here)) {
    if ((fs.statSync(here).mode & 0o001) === 0) return false;
    if (here === path.dirname(here)) return true;
  }
}
