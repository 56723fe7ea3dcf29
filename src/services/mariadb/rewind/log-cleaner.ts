import { type Patience, whenCalm } from './calm.ts';
import { compound } from './connection.ts';

/** Empties the log of events that are undone after the transaction that undid them, while nobody waits for it. */
export interface LogCleaner {
  /** What is to be run. */
  add(statements: readonly string[]): void;
  /** In the background: what somebody is in the way of is left for later. */
  soon(): Promise<void>;
  /** To be called before the log is looked into. */
  finish(): Promise<void>;
}

export function createLogCleaner(patience: Patience): LogCleaner {
  const { connection } = patience;
  let waiting: readonly string[] = [];
  const clean = async () => {
    if (waiting.length === 0) return;
    await connection.batch(compound(['START TRANSACTION', ...waiting, 'COMMIT']));
    waiting = [];
  };
  return {
    add: (statements) => {
      waiting = [...waiting, ...statements];
    },
    soon: () => clean().catch(async () => void (await connection.query('ROLLBACK'))),
    finish: async () => void (await whenCalm(patience, async () => ({ value: await clean() }))),
  };
}
