import { type Summary, summarize } from './stats.ts';

export interface BenchCase {
  readonly name: string;
  /** Once, before the first round. */
  prepare?(): Promise<void>;
  /** Does the thing once and answers how long the part that counts took; cleans up after itself, off the clock. */
  sample(): Promise<number>;
  /** Once, after the last round, also after a failure. */
  end?(): Promise<void>;
}

/**
 * Runs the cases in rounds, each case once a round and the first one another each time, so that a busy minute of the machine hits all of
 * them alike. One round before the first is not counted, unless all is warm already.
 */
export async function runInterleaved(
  cases: readonly BenchCase[],
  rounds: number,
  { warmUp = true } = {},
): Promise<Record<string, Summary>> {
  const samples = new Map<string, number[]>(cases.map(({ name }) => [name, []]));
  try {
    for (const { prepare } of cases) await prepare?.();
    for (let round = warmUp ? 0 : 1; round <= rounds; round++) {
      for (let i = 0; i < cases.length; i++) {
        const chosen = cases[(i + round) % cases.length] as BenchCase;
        const ms = await chosen.sample();
        if (round > 0) samples.get(chosen.name)?.push(ms);
      }
      if (process.stderr.isTTY) process.stderr.write(`\rround ${round} of ${rounds} `);
    }
  } finally {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    for (const { end } of cases) await end?.();
  }
  return Object.fromEntries([...samples].map(([name, values]) => [name, summarize(values)]));
}
