import { publish, type Ratio } from '../lib/result.ts';
import type { ClashFigures } from './clashes.ts';
import type { KillFigures } from './kills.ts';
import type { Quantiles } from './quantiles.ts';
import type { StartFigures } from './starts.ts';

export interface SoakFigures {
  readonly seed: number;
  readonly seconds: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly kills: KillFigures | undefined;
  readonly starts: StartFigures | undefined;
  readonly clashes: ClashFigures | undefined;
}

const GONE_WITHIN_MS = 1000;

/** Prints and writes the figures; false when something happened that never may. A slow clean-up is told, and fails nothing. */
export function publishSoak(figures: SoakFigures, { complete }: { readonly complete: boolean }): boolean {
  const { seed, seconds, versions, kills, starts, clashes } = figures;
  const findings = [kills, starts, clashes].flatMap((part) => part?.findings ?? []);
  const never = [
    ...(kills ? [zero('orphans after kills', kills.orphans), zero('living sessions reaped', kills.reaped)] : []),
    ...(kills ? [zero('runs that failed before they were killed', kills.problems)] : []),
    ...(starts ? [zero('false ready', starts.falseReady), zero('failed starts', starts.failed)] : []),
    ...(starts ? [zero('orphans after starts', starts.orphans)] : []),
    ...(clashes ? [zero('clashes', clashes.clashes), zero('orphans after leases', clashes.orphans)] : []),
  ];
  const gone = kills?.goneAloneMs;
  const times: Ratio[] = gone
    ? [{ name: 'gone within, p99, ms', value: gone.p99, target: `<= ${GONE_WITHIN_MS}`, reached: gone.p99 <= GONE_WITHIN_MS }]
    : [];
  for (const [name, { n, p50, p95, p99, max }] of Object.entries(allTimes(figures)))
    console.log(`${name.padEnd(64)} n ${String(n).padStart(4)}  p50 ${p50}  p95 ${p95}  p99 ${p99}  max ${max} ms`);
  publish(
    {
      name: 'soak',
      cases: {},
      ratios: [...never, ...times],
      versions,
      notes: [`seed ${seed}`, `${seconds} s in all`, ...findings],
      details: { seed, seconds, kills, starts, clashes },
    },
    { quick: !complete },
  );
  const slow = times.filter(({ reached }) => !reached);
  for (const { name, value } of slow) console.log(`\n!!! SLOW: ${name}: ${value}, and the aim is ${GONE_WITHIN_MS} !!!\n`);
  return never.every(({ reached }) => reached);
}

function zero(name: string, value: number): Ratio {
  return { name, value, target: '0', reached: value === 0 };
}

function allTimes({ kills, starts, clashes }: SoakFigures): Record<string, Quantiles> {
  const named = {
    ...Object.fromEntries(Object.entries(kills?.goneMs ?? {}).map(([kind, times]) => [`gone after: ${kind}`, times])),
    'gone, all where the next command need not help': kills?.goneAloneMs,
    'watchdog replaced': kills?.watchdogReplacedMs,
    'ready, PostgreSQL and Redis, 4x overcommit': starts?.readyMs,
    'closed, 4x overcommit': starts?.closedMs,
    'leased by 4 terminals x 8 clients at once, and written': clashes?.leasedMs,
    'leases of a killed terminal ended': clashes?.killedEndedMs,
  };
  return Object.fromEntries(Object.entries(named).flatMap(([name, times]) => (times ? [[name, times]] : [])));
}
