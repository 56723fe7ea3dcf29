/**
 * `run` = one fresh state for the whole run; `worker` = each worker its own. The others build on `worker` and give each test the state of the
 * baseline: by an undo log (`rewind`), a clone for each test (`database`), dropping the test's own schemas (`schema`), the suite's own outer
 * transactions, which are checked (`transaction`), or emptying what is dirty and filling it again (`truncate`).
 */
export const ISOLATIONS = ['run', 'worker', 'rewind', 'database', 'schema', 'transaction', 'truncate'] as const;
export type Isolation = (typeof ISOLATIONS)[number];
/** Whether each test gets the state of the baseline. */
export const resetsTests = (isolation: Isolation): boolean => isolation !== 'run' && isolation !== 'worker';
/** Of a session that serves several runs. */
export const atLeastWorker = (isolation: Isolation): Isolation => (isolation === 'run' ? 'worker' : isolation);
