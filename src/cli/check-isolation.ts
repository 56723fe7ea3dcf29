import crypto from 'node:crypto';
import path from 'node:path';
import type { ResolvedConfig } from '../core/config.ts';
import { resetsTests } from '../core/isolation.ts';
import { compareOrders, type IsolationVerdict } from '../report/compare-orders.ts';
import type { TestRun } from '../report/test-run.ts';
import type { RunReport } from './run-report.ts';

/** One run of the command, on services of its own. */
export interface Round {
  readonly exitCode: number;
  readonly tests: TestRun | undefined;
  /** The user has ended it. */
  readonly stopped: boolean;
}
export interface RoundOptions {
  readonly config: ResolvedConfig;
  readonly env: Readonly<Record<string, string>>;
  readonly reportFolder: string | undefined;
}

/** Our plug-ins run the tests of each file in a random order when this is set. */
const SEED = 'SEATRIAL_SHUFFLE_SEED';
const FOUND = 1;
/** Few tests come in their declared order by chance. */
const TRIES = 3;

/**
 * `run --check-isolation`: the tests in their declared order, then in a random one. Under an isolation that resets nothing, the first run names
 * the tests that leave something behind; under one that does, what got in the way of the resets. Answers the exit code.
 */
export async function checkIsolation(
  config: ResolvedConfig,
  {
    reportFolder,
    report,
    round,
  }: { readonly reportFolder: string | undefined; readonly report: RunReport; round(options: RoundOptions): Promise<Round> },
): Promise<number> {
  const { isolation } = config.test;
  const withIsolation = (one: typeof isolation) => ({ ...config, test: { ...config.test, isolation: one } });
  const folder = (name: string) => (reportFolder === undefined ? undefined : path.join(reportFolder, name));
  report.line('isolation, 1 of 2: the declared order');
  const declared = await round({
    config: withIsolation(resetsTests(isolation) ? isolation : 'transaction'), // it says what a test has left
    env: { [SEED]: '' }, // set from outside, it is for the second run
    reportFolder: folder('declared'),
  });
  if (declared.stopped) return declared.exitCode;
  let shuffled: Round;
  let verdict: IsolationVerdict;
  for (let left = process.env[SEED] ? 0 : TRIES - 1; ; left--) {
    const seed = process.env[SEED] || String(crypto.randomInt(1, 2 ** 31));
    report.line(`isolation, 2 of 2: a random order, ${SEED}=${seed} repeats it`);
    shuffled = await round({
      config: withIsolation(resetsTests(isolation) ? isolation : 'worker'),
      env: { [SEED]: seed },
      reportFolder: folder('shuffled'),
    });
    if (shuffled.stopped || !declared.tests || !shuffled.tests) return shuffled.exitCode;
    verdict = compareOrders(declared.tests, shuffled.tests, seed);
    if (!verdict.sameOrder || left === 0) break;
    report.line('that was the declared order once more: another one');
  }
  for (const line of verdict.lines) report.insist(line);
  if (verdict.void) report.insist(`warning: ${verdict.void}`);
  if (verdict.lines.length > 0) report.insist(`isolation: ${verdict.lines.length} findings`);
  else if (!verdict.void) report.insist('isolation: no test leaves anything behind or depends on the order');
  return declared.exitCode || shuffled.exitCode || (verdict.lines.length > 0 || verdict.void ? FOUND : 0);
}
