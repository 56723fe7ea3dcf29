import type { Session } from '../../src/session/session.ts';
import { runInterleaved } from '../lib/run-interleaved.ts';
import type { Summary } from '../lib/stats.ts';
import type { Project } from './projects.ts';
import type { Subject } from './subjects.ts';

export interface Rounds {
  readonly leases: number;
  readonly resets: number;
}

/** What a worker's own state costs, and the way back after a test with one small write, on a service that is up. */
export async function measureLeases(subject: Subject, project: Project, rounds: Rounds): Promise<Record<string, Summary>> {
  await using session = await project.open('rewind');
  const leases = await runInterleaved([leaseCase(subject, session)], rounds.leases);
  return { ...leases, ...(await measureResets(subject, session, rounds.resets)) };
}

let slots = 0;
export const nextSlot = () => ({ runner: 'bench', mainPid: process.pid, slot: String(++slots) });

function leaseCase({ name }: Subject, session: Session) {
  return {
    name: `${name}, lease`,
    async sample() {
      const startedAt = performance.now();
      const { id } = await session.acquire(nextSlot(), 'worker');
      const ms = performance.now() - startedAt;
      await session.release(id, 'released');
      return ms;
    },
  };
}

async function measureResets({ name, connect }: Subject, session: Session, rounds: number): Promise<Record<string, Summary>> {
  const lease = await session.acquire(nextSlot());
  await using app = await connect(lease.services[name] ?? missing(name));
  const sample = async () => {
    const { test } = await session.states.begin(lease.id, { name: 'writes' }, 'keep');
    await app.write();
    const startedAt = performance.now();
    const ended = await session.states.end(lease.id, test.id, { outcome: 'passed', ms: 0 });
    const ms = performance.now() - startedAt;
    const report = 'reset' in ended ? ended.reset.reports[name] : undefined;
    if (!report || report.how === 'none') throw new Error(`${name} was not taken back: ${JSON.stringify(ended)}`);
    return ms;
  };
  return await runInterleaved([{ name: `${name}, reset`, sample }], rounds);
}

function missing(name: string): never {
  throw new Error(`the lease has no ${name}`);
}
