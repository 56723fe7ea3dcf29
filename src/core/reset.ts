import type { Json } from './json.ts';

/**
 * Whose writes: `run` = what is done once for the whole worker (session fixtures, globalSetup), `file` = once for a file, module or class,
 * `test` = one test and what is done for it alone. What a scope has written goes when that scope is left.
 */
export const SCOPES = ['run', 'file', 'test'] as const;
export type Scope = (typeof SCOPES)[number];

/**
 * What was written since the last test ended, when the next one begins: `keep` = hooks of a wider scope may have run, it belongs to them;
 * `undo` = none has, so it came late from the test before: it is undone, and reported as a leak.
 */
export type Between = 'keep' | 'undo';

/** Takes the state of one lease on one service back, scope by scope. Calls come one after another. A new keeper is in scope `run`. */
export interface StateKeeper extends AsyncDisposable {
  /** From now on, what is written belongs to this scope; a wider one than the present is a fixture that runs late. Answers what was undone on the way. */
  enter(scope: Scope, between: Between): Promise<ResetReport | undefined>;
  /** Undoes what belongs to this scope and to narrower ones; afterwards we are between tests, or in the next wider scope. */
  leave(scope: Scope): Promise<ResetReport>;
  /**
   * Its holder has gone: undoes everything, and answers whether the state is now as it was when the keeper was opened, in scope `run` again.
   * False when that can't be told, e.g. since somebody is still connected: then it is given to nobody. Absent = never.
   */
  renew?(): Promise<boolean>;
  /**
   * `leave('test')` and `enter('test', 'undo')` at once, for runners that do nothing between two tests; cheaper than both, one after the other.
   * Absent = it would not be.
   */
  again?(): Promise<ResetReport>;
  /** What has changed since the present scope was entered. */
  diff?(): Promise<readonly Change[]>;
  /** Copies the present state to where it outlives the lease, and answers its URL. */
  keep?(name: string): Promise<Kept>;
}

export interface ResetReport {
  /** What was done: `rewind`, `restore`, `swap`, `clone`, `truncate`, `flush`, `none`, ... */
  readonly how: string;
  readonly ms: number;
  /** Tables, keys, ... that had changed. */
  readonly changed: number;
  readonly leaks: readonly Leak[];
  /** Why the way that was asked for could not be gone. */
  readonly fallback?: string;
  /** The app's connections were ended. */
  readonly disconnected?: boolean;
}

/** Of two steps that are one for whoever asked. */
export function joinReports(first: ResetReport, then: ResetReport | undefined): ResetReport {
  if (!then) return first;
  const how = then.how === 'none' ? first.how : then.how;
  return {
    ...first,
    ...then,
    how,
    ms: first.ms + then.ms,
    changed: first.changed + then.changed,
    leaks: [...first.leaks, ...then.leaks],
  };
}

/** What a test has left behind that got in the way of the reset, or came after it. */
export interface Leak {
  /** `transaction`: was still open, its session was ended; `write`: came after the reset; `server`: changed what all databases share. */
  readonly kind: 'transaction' | 'write' | 'server';
  /** One line: who did what, e.g. `idle in transaction for 812 ms (psycopg, pid 4711): INSERT INTO users ...`. */
  readonly text: string;
}

/** One row, key or document that a test has changed. `before` is absent for what was inserted, `after` for what was deleted. */
export interface Change {
  /** Table, as the app would name it. */
  readonly table: string;
  readonly op: 'insert' | 'update' | 'delete';
  readonly before?: Readonly<Record<string, Json>>;
  readonly after?: Readonly<Record<string, Json>>;
}

export interface Kept {
  readonly url: string;
  /** A command line that opens it, e.g. `psql postgres://...`. */
  readonly open: string;
}
