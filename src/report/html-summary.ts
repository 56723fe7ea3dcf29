import { formatDuration } from '../util/format.ts';
import { escapeXml } from './junit-xml.ts';
import { byFile, type RecordedTest, type TestRun, totalsOf } from './test-run.ts';

export interface SummaryHeading {
  readonly project: string;
  readonly command: string;
  readonly isolation: string;
  readonly startedAt: number;
  readonly ms: number;
  readonly exitCode: number;
}

const STYLE = `
  :root { color-scheme: light dark; --page: light-dark(#fbfbfa, #17181a); --card: light-dark(#fff, #1f2124); --line: light-dark(#e2e2df, #34373b);
    --text: light-dark(#1c1d1f, #e8e8e6); --dim: light-dark(#62656a, #9da1a6); --good: light-dark(#1a7431, #6fcf86); --bad: light-dark(#b3261e, #ff8a80); --odd: light-dark(#8a5300, #f0b357) }
  * { box-sizing: border-box }
  body { background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 2rem 1.25rem 3rem; overflow-wrap: anywhere }
  h1 { font-size: 1.5rem; line-height: 1.3; margin: 0 0 .4rem } h2 { font-size: 1.05rem; margin: 2.2rem 0 .6rem } h2 small { color: var(--dim); font-weight: 400 }
  p { margin: .3rem 0 } .dim { color: var(--dim) } .passed { color: var(--good) } .failed, .unfinished { color: var(--bad) } .odd, .skipped { color: var(--odd) }
  code, pre { font: .86em/1.5 ui-monospace, monospace }
  dl { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1.2rem 0 .8rem }
  dl > div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; flex: 1 1 7rem; padding: .5rem .8rem }
  dt { color: var(--dim); font-size: .8rem } dd { font-size: 1.25rem; font-variant-numeric: tabular-nums; margin: 0 }
  table { background: var(--card); border: 1px solid var(--line); border-collapse: separate; border-radius: .5rem; border-spacing: 0; width: 100% }
  th, td { padding: .35rem .8rem; text-align: start; vertical-align: top } tr + tr > *, tbody > tr > * { border-top: 1px solid var(--line) } tbody:first-child > tr:first-child > * { border-top: 0 }
  th { color: var(--dim); font-size: .8rem; font-weight: 500 } th.file { color: var(--text); font: 600 .86em/1.5 ui-monospace, monospace; padding-top: .8rem }
  .short { overflow-wrap: normal; white-space: nowrap; width: 1% } .number { font-variant-numeric: tabular-nums; text-align: end }
  article { background: var(--card); border: 1px solid var(--line); border-inline-start: 4px solid var(--bad); border-radius: .5rem; margin: .6rem 0; padding: .6rem .9rem }
  pre { margin: .5rem 0 .1rem; max-height: 16rem; overflow: auto; white-space: pre-wrap }
  @media (max-width: 36rem) { body { padding: 1.2rem .8rem } th, td { padding: .3rem .45rem } table:last-of-type :is(td, th):nth-child(4) { display: none } }`;

/** The run on one page that needs nothing else: no script, no font, no address. What tests are called can't change the page around it. */
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
<p class="dim">${text(new Date(heading.startedAt).toISOString())}, isolation ${text(heading.isolation)}${ways(run)}</p>
${tests.length === 0 ? '<p>No runner has told of its tests: see the exit code.</p>' : tiles(run)}
${table('Look at these', [], findings, ({ kind, text: what }) => `<tr><td class="short odd">${kind}</td><td>${name(what)}</td></tr>`)}
${section('Failed', failed.length, failed.map(failure).join('\n'))}
${table('Leases', ['worker', 'lease', '>made in', '>tests'], leases, ({ id, key, ms }) => {
  const worker = `${key.runner} ${key.slot}`;
  const own = tests.filter(({ lease }) => lease === id).length;
  return `<tr><td>${name(worker)}</td><td><code>${text(id)}</code></td><td class="short number">${formatDuration(ms)}</td><td class="short number">${own}</td></tr>`;
})}
${table('Tests', ['test', '', '>took', '>reset'], byFile(tests), ([file, inFile]) => [`<tr><th class="file" colspan="4">${name(file)}</th></tr>`, ...inFile.map(row)].join('\n'), tests.length)}
<p class="dim">Events: events.ndjson; for CI: junit.xml.</p>
</body>
</html>
`;
}

function tiles(run: TestRun): string {
  const { tests: all, ...outcomes } = totalsOf(run.tests);
  const { resets, leases } = run;
  const tile = (label: string, value: string | number, kind = '') =>
    `<div><dt>${label}</dt><dd class="${kind}">${value}</dd></div>`;
  return `<dl>${[
    tile('tests', all),
    ...Object.entries(outcomes).flatMap(([outcome, count]) => (count > 0 ? [tile(outcome, count, outcome)] : [])),
    ...(resets.count > 0 ? [tile('resets', resets.count), tile('median reset', `${resets.medianMs.toFixed(1)} ms`)] : []),
    tile('leases', leases.length),
  ].join('')}</dl>`;
}

function failure({ mark, result }: RecordedTest): string {
  const where = mark.file ? `<div class="dim">${name(mark.file)}</div>` : '';
  const message = `<pre dir="auto">${text(result?.message || (result ? 'no message' : 'began and never ended'))}</pre>`;
  return `<article>${where}<strong>${name(mark.name)}</strong>${message}</article>`;
}

function row({ mark, result, resetMs }: RecordedTest): string {
  const outcome = result?.outcome ?? 'unfinished';
  const took = result ? formatDuration(result.ms) : '';
  const reset = resetMs === undefined ? '' : `${resetMs.toFixed(1)} ms`;
  return `<tr><td>${name(mark.name)}</td><td class="short ${outcome}">${outcome}</td><td class="short number">${took}</td><td class="short number">${reset}</td></tr>`;
}

/** A column whose title begins with `>` holds numbers. */
function table<T>(
  title: string,
  columns: readonly string[],
  rows: readonly T[],
  toRow: (row: T) => string,
  count = rows.length,
): string {
  const head = columns.map((column) =>
    column.startsWith('>') ? `<th class="short number">${column.slice(1)}</th>` : `<th>${column}</th>`,
  );
  const body = rows.map(toRow).join('\n');
  return section(
    title,
    count,
    `<table>${head.length > 0 ? `<thead><tr>${head.join('')}</tr></thead>` : ''}<tbody>\n${body}\n</tbody></table>`,
  );
}

function section(title: string, count: number, content: string): string {
  return count === 0 ? '' : `<h2>${title} <small>${count}</small></h2>\n${content}`;
}

function ways({ resets }: TestRun): string {
  const named = Object.entries(resets.byWay).map(([way, count]) => `${way} ${count}`);
  if (named.length === 0) return '';
  return text(
    `; resets: ${named.join(', ')}; median ${resets.medianMs.toFixed(1)} ms, 95 % within ${resets.p95Ms.toFixed(1)} ms`,
  );
}

/** Isolated: a name that is written from right to left turns nothing around it. */
function name(of: string): string {
  return `<bdi>${text(of)}</bdi>`;
}

const text = escapeXml;
