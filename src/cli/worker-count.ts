import { type LeaseKey, leaseKeyText } from '../core/lease.ts';
import { SeatrialError } from '../errors.ts';
import type { EventStream } from '../observe/event-stream.ts';
import { RUN_TAG } from '../session/command-processes.ts';
import { startEnvironment } from '../util/platform/process-table.ts';
import { type CutInjectionWatch, watchCutInjection } from './cut-injection.ts';
import type { RunReport } from './run-report.ts';

export interface WorkerCount {
  /** The command has been started. */
  onCommand(argv: readonly string[], pid: number, injected: Readonly<Record<string, string>>): void;
  verdict(report: RunReport, requireLeases: boolean): SeatrialError | undefined;
}

/** Whether a worker belongs to this run: a session that is attached to serves others too. */
export function isOfRun(runId: string): (key: LeaseKey) => boolean {
  return ({ runner, mainPid }) => {
    if (runner === 'run') return false; // a run itself, holding its own lease
    const tag = startEnvironment(mainPid, RUN_TAG);
    return tag === undefined || tag === runId; // gone already, or not readable: rather ours
  };
}

/** Counts the workers of this run that said hello; an attached session serves other runs too. */
export function countWorkers(events: Pick<EventStream, 'subscribe'>, runId: string): WorkerCount {
  const workers = new Set<string>();
  const isOurs = isOfRun(runId);
  let cut: CutInjectionWatch | undefined;
  let failed: { readonly message: string; readonly hint: string } | undefined;
  const since = Date.now(); // a session that is attached to tells what it remembers first
  events.subscribe((event) => {
    if (event.at < since) return;
    if (event.type === 'lease.failed' && isOurs(event.key)) failed ??= event;
    if (event.type !== 'worker.hello' || !isOurs(event.key)) return;
    workers.add(leaseKeyText(event.key));
    cut?.stop();
  });
  return {
    onCommand: (argv, pid, injected) => {
      cut = watchCutInjection({ argv, pid }, injected);
    },
    verdict: (report, requireLeases) => {
      cut?.stop();
      report.line(`${workers.size} workers, ${workers.size} leases`);
      if (workers.size > 0) return undefined;
      const why = failed
        ? `no test worker got a lease: ${failed.message}`
        : 'no test worker took a lease, so all tests shared one state';
      const seen = failed ? [failed.hint] : (cut?.findings() ?? []);
      const hint =
        seen.length > 0
          ? seen.join('; ')
          : 'the runner is not one that Seatrial knows, the tests look at none of its variables, or something cut the environment (tox, turbo in strict mode, `python -I`, `env -i`)';
      if (requireLeases) return new SeatrialError('SEATRIAL_LEASE_FAILED', why, { hint });
      report.line(`warning: ${why}: ${hint}`);
      return undefined;
    },
  };
}
