import { nameOf, type RecordedTest, type TestRun } from './test-run.ts';

export interface IsolationVerdict {
  /** What is wrong, one line each: leaks first, then tests that depend on the order. */
  readonly lines: readonly string[];
  /** Why the comparison says nothing. */
  readonly void?: string;
  /** By chance, or since the runner can't be made to shuffle. */
  readonly sameOrder?: true;
}

/** What two runs of the same tests tell about their isolation: one in the order that the suite declares, one in a random order. */
export function compareOrders(declared: TestRun, shuffled: TestRun, seed: string): IsolationVerdict {
  if (declared.tests.length === 0) return { lines: [], void: 'no runner has told of its tests, so nothing could be compared' };
  const lines = declared.findings.filter(({ kind }) => kind !== 'kept').map(({ kind, text }) => `${kind}: ${text}`);
  const before = byName(declared);
  for (const [name, now] of byName(shuffled)) {
    const then = before.get(name);
    if (!then || then.outcome === now.outcome) continue;
    const message = (then.outcome === 'failed' ? then : now).message.split('\n')[0];
    lines.push(
      `depends on the order: ${name} ${then.outcome}${after(then)} in the declared order, ${now.outcome}${after(now)} in the order of seed ${seed}${message ? `: ${message}` : ''}`,
    );
  }
  const same = sequence(declared) === sequence(shuffled);
  if (!same || declared.tests.length < 2) return { lines };
  return { lines, void: 'the runner ran its tests in the same order both times', sameOrder: true };
}

interface Ran {
  readonly outcome: string;
  readonly message: string;
  /** The test that ran just before on the same lease. */
  readonly after: string | undefined;
}

/** The last try of each test counts. */
function byName({ tests }: TestRun): Map<string, Ran> {
  const ran = new Map<string, Ran>();
  const last = new Map<string, string>();
  for (const { mark, lease, result } of tests) {
    const name = nameOf(mark);
    ran.set(name, { outcome: result?.outcome ?? 'unfinished', message: result?.message ?? '', after: last.get(lease) });
    last.set(lease, name);
  }
  return ran;
}

function after({ after: name }: Ran): string {
  return name === undefined ? ' as the first of its worker' : ` after ${name}`;
}

/** The order on each lease; which lease that was, and how leases interleave, is chance. */
function sequence({ tests, leases }: TestRun): string {
  const of = (lease: string) => tests.filter((test: RecordedTest) => test.lease === lease).map(({ mark }) => nameOf(mark));
  return JSON.stringify(leases.map(({ id }) => of(id)).sort());
}
