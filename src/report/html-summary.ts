import { formatDuration } from '../util/format.ts';
import { escapeXml } from './junit-xml.ts';
import { type RecordedTest, summarise, type TestRun, totalsOf } from './test-run.ts';

export interface SummaryHeading {
  readonly project: string;
  readonly command: string;
  readonly isolation: string;
  readonly startedAt: number;
  readonly ms: number;
  readonly exitCode: number;
}

const STYLE = `
  :root { color-scheme: light dark; --line: #8884; --bad: #c22; --good: #2a7d2e; --dim: #777; }
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
  h1 { font-size: 1.4rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
  p { margin: .3rem 0 } .dim { color: var(--dim) } .failed { color: var(--bad) } .passed { color: var(--good) }
  table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
  td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
  pre { margin: .3rem 0; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem } code { overflow-wrap: anywhere }`;

/** The run on one page that needs nothing else: no script, no font, no address. */
export function toHtmlSummary(run: TestRun, heading: SummaryHeading): string {
  const { tests, leases, findings } = run;
  const failed = tests.filter(({ result }) => !result || result.outcome === 'failed');
  const verdict = failed.length > 0 || heading.exitCode !== 0 ? 'failed' : 'passed';
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${text(heading.project)}: ${verdict}</title><style>${STYLE}
</style></head>
<body>
<h1>${text(heading.project)}: <span class="${verdict}">${verdict}</span></h1>
<p><code>${text(heading.command)}</code> ended with ${heading.exitCode} after ${formatDuration(heading.ms)}</p>
<p>${text(summarise(run) ?? 'No runner has told of its tests: see the exit code.')}</p>
<p class="dim">${text(new Date(heading.startedAt).toISOString())}, isolation ${text(heading.isolation)}${ways(run)}</p>
${section('Look at these', ['what', ''], findings, (finding) => [text(finding.kind), text(finding.text)])}
${section('Failed', ['test', ''], failed, (test) => [text(nameIn(test)), `<pre>${text(test.result?.message ?? 'began and never ended')}</pre>`])}
${section('Leases', ['worker', 'lease', 'made in', 'tests'], leases, (lease) => [
  text(`${lease.key.runner} ${lease.key.slot}`),
  `<code>${text(lease.id)}</code>`,
  formatDuration(lease.ms),
  String(tests.filter((test) => test.lease === lease.id).length),
])}
${section('Tests', ['test', 'outcome', 'took', 'reset'], tests, (test) => [
  text(nameIn(test)),
  `<span class="${test.result?.outcome ?? 'failed'}">${test.result?.outcome ?? 'unfinished'}</span>`,
  test.result ? formatDuration(test.result.ms) : '',
  test.resetMs === undefined ? '' : `${test.resetMs.toFixed(1)} ms`,
])}
<p class="dim">${totalsOf(tests).tests} tests on ${leases.length} leases. Events: events.ndjson; for CI: junit.xml.</p>
</body>
</html>
`;
}

function section<T>(title: string, columns: readonly string[], rows: readonly T[], cells: (row: T) => readonly string[]): string {
  if (rows.length === 0) return '';
  const head = columns.map((column) => `<th>${column}</th>`).join('');
  const body = rows
    .map(
      (row) =>
        `<tr>${cells(row)
          .map((cell) => `<td>${cell}</td>`)
          .join('')}</tr>`,
    )
    .join('\n');
  return `<h2>${title} (${rows.length})</h2>\n<table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table>`;
}

function ways({ resets }: TestRun): string {
  const named = Object.entries(resets.byWay).map(([way, count]) => `${way} ${count}`);
  if (named.length === 0) return '';
  return text(
    `; resets: ${named.join(', ')}; median ${resets.medianMs.toFixed(1)} ms, 95 % within ${resets.p95Ms.toFixed(1)} ms`,
  );
}

function nameIn({ mark }: RecordedTest): string {
  return mark.file ? `${mark.file} > ${mark.name}` : mark.name;
}

const text = escapeXml;
