import { runProgram } from '../lib/program.ts';
import { round } from '../lib/stats.ts';
import { listPids, readCommandLine, readProc, readProcStat } from '../soak/proc.ts';
import { nextSlot } from './leases.ts';
import type { Project } from './projects.ts';
import type { Subject } from './subjects.ts';

export interface Memory {
  readonly servers: number;
  /** Proportional set size: what is shared counts once. */
  readonly pssGb: number;
  /** Files of the data directories, which lie in memory where there is room. */
  readonly dataGb: number;
}

/** What the servers of so many workers hold after a write each, with the session's own one; undefined where the kernel does not say. */
export async function measureMemory(
  subject: Subject,
  project: Project,
  { workers, program }: { readonly workers: number; readonly program: string },
): Promise<Memory | undefined> {
  if (process.platform !== 'linux') return undefined;
  await using session = await project.open('worker');
  const leases = await Promise.all(Array.from({ length: workers }, () => session.acquire(nextSlot())));
  for (const { services } of leases) {
    await using app = await subject.connect(services[subject.name] as NonNullable<(typeof services)[string]>);
    await app.write();
  }
  const pids = listPids().filter(
    (pid) => readProcStat(pid)?.ppid === process.pid && readCommandLine(pid).split(' ')[0]?.endsWith(program),
  );
  const pss = pids.map((pid) => Number(/^Pss:\s+(\d+) kB/m.exec(readProc(pid, 'smaps_rollup'))?.[1]));
  if (pids.length !== workers + 1 || pss.some(Number.isNaN)) return undefined;
  const data = await Promise.all(pids.map((pid) => runProgram('du', ['-sk', `/proc/${pid}/cwd/`])));
  return { servers: pids.length, pssGb: toGb(pss), dataGb: toGb(data.map((text) => Number.parseInt(text, 10))) };
}

function toGb(kilobytes: readonly number[]): number {
  return round(kilobytes.reduce((sum, some) => sum + some, 0) / 1e6, 2);
}
