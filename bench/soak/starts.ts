import { fork } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { startBurners } from './burners.ts';
import { type Ground, makeGround } from './ground.ts';
import type { SoakContext } from './kills.ts';
import { type Quantiles, quantiles } from './quantiles.ts';
import type { StartReport } from './start-worker.ts';
import { NOTHING, removeTraces, untilGone } from './traces.ts';

export interface StartFigures {
  readonly starts: number;
  readonly falseReady: number;
  readonly failed: number;
  readonly orphans: number;
  readonly readyMs: Quantiles | undefined;
  readonly closedMs: Quantiles | undefined;
  readonly findings: readonly string[];
}

const WORKERS = 2;
/** Busy loops for each core: with them every process gets a small share of the machine. */
const OVERCOMMIT = 4;

/** Starts PostgreSQL and Redis over and over on a machine that has too much to do; whatever is called ready must answer at once. */
export async function soakStarts(total: number, { stopping, say }: SoakContext): Promise<StartFigures> {
  const ground = makeGround();
  const reports: StartReport[] = [];
  const findings: string[] = [];
  const onReport = (report: StartReport) => {
    reports.push(report);
    for (const problem of [...report.falseReady, ...(report.failure ? [report.failure] : [])]) {
      findings.push(`start ${reports.length}: ${problem}`);
      say(findings.at(-1) as string);
    }
    if (reports.length % 50 === 0) say(`${reports.length} of ${total} starts`);
  };
  try {
    const project = ground.project('shop');
    await runWorker(ground, project, 1, stopping, () => {}); // the first one may fetch or prepare data
    {
      await using _burners = startBurners(os.availableParallelism() * OVERCOMMIT);
      const shares = Array.from({ length: WORKERS }, (_, index) => Math.ceil((total - index) / WORKERS));
      await Promise.all(shares.map((share) => runWorker(ground, project, share, stopping, onReport)));
    }
    const { left } = await untilGone(ground, NOTHING, { since: performance.now(), timeoutMs: 5_000 });
    for (const orphan of left) findings.push(`after all starts: left ${orphan}`);
    return {
      starts: reports.length,
      falseReady: reports.reduce((sum, report) => sum + report.falseReady.length, 0),
      failed: reports.filter(({ failure }) => failure).length,
      orphans: left.length,
      readyMs: quantiles(reports.map(({ readyMs }) => readyMs)),
      closedMs: quantiles(reports.flatMap(({ closedMs, failure }) => (failure ? [] : [closedMs]))),
      findings,
    };
  } finally {
    removeTraces(ground, NOTHING);
    ground.remove();
  }
}

function runWorker(
  ground: Ground,
  project: string,
  count: number,
  stopping: AbortSignal,
  onReport: (report: StartReport) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = fork(path.join(import.meta.dirname, 'start-worker.ts'), [project, String(count)], { env: ground.env });
    const stop = () => worker.disconnect();
    stopping.addEventListener('abort', stop, { once: true });
    worker.on('message', (report) => onReport(report as StartReport));
    worker.once('error', reject);
    worker.once('exit', (code, signal) => {
      stopping.removeEventListener('abort', stop);
      if (code === 0 || stopping.aborted) resolve();
      else reject(new Error(`a worker of the starts ended with ${signal ?? code}`));
    });
  });
}
