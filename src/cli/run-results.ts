import fs from 'node:fs';
import path from 'node:path';
import type { RunEvent } from '../core/event.ts';
import { redact, SeatrialError } from '../errors.ts';
import { type SummaryHeading, toHtmlSummary } from '../report/html-summary.ts';
import { toJunitXml } from '../report/junit-xml.ts';
import { createTestRunCollector, summarise, type TestRun } from '../report/test-run.ts';
import type { RunReport } from './run-report.ts';
import type { WarmEvents } from './warm-services.ts';
import { isOfRun } from './worker-count.ts';

export interface RunResults {
  /** Tells the user in lines what the tests did, and writes the files when a folder is given. */
  finish(report: RunReport, heading: SummaryHeading): Promise<TestRun>;
}

/** Lines about leaks and the like after which the rest is left to the report. */
const LINES = 10;

/** Collects what a run's tests did; with a folder its events are written there as they come, so that a crash loses none. */
export function collectResults(
  events: Pick<WarmEvents, 'subscribe'> & Partial<WarmEvents>,
  { runId, folder }: { readonly runId: string; readonly folder: string | undefined },
): RunResults {
  const since = Date.now(); // a session that is attached to tells what it remembers first
  const collector = createTestRunCollector(isOfRun(runId));
  const file = folder === undefined ? undefined : openEvents(folder);
  const kept: string[] = [];
  events.subscribe((event: RunEvent) => {
    if (event.at < since) return;
    collector(event);
    if (file !== undefined) fs.writeSync(file, `${redact(JSON.stringify(event))}\n`);
    if (event.type === 'lease.kept')
      for (const [service, { url, open }] of Object.entries(event.kept))
        kept.push(`${event.test.name} left ${service} at ${url}`, `  ${open}`);
  });
  return {
    finish: async (report, heading) => {
      await events.flush?.();
      const run = collector.read();
      const line = summarise(run);
      if (line) report.line(line);
      for (const { kind, text } of run.findings.slice(0, LINES)) if (kind !== 'kept') report.line(`${kind}: ${text}`);
      if (run.findings.length > LINES)
        report.line(`and ${run.findings.length - LINES} more${folder ? '' : '; --report DIR writes them all'}`);
      for (const text of kept) report.insist(text);
      if (folder === undefined || file === undefined) return run;
      fs.closeSync(file);
      fs.writeFileSync(path.join(folder, 'junit.xml'), toJunitXml(run));
      fs.writeFileSync(path.join(folder, 'summary.html'), toHtmlSummary(run, heading));
      report.line(`report in ${path.relative(process.cwd(), folder) || '.'}: summary.html, junit.xml, events.ndjson`);
      return run;
    },
  };
}

function openEvents(folder: string): number {
  try {
    fs.mkdirSync(folder, { recursive: true });
    return fs.openSync(path.join(folder, 'events.ndjson'), 'w');
  } catch (cause) {
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `--report ${folder}: ${(cause as Error).message}`, {
      hint: 'name a folder that can be written',
      cause,
    });
  }
}
