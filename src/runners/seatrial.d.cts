/** One row, key or document that differs from the state in which the test began. `before` is absent for what was inserted, `after` for what was deleted. */
export interface Change {
  /** Table, as the app would name it. */
  readonly table: string;
  readonly op: 'insert' | 'update' | 'delete';
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
}
export interface ResetReport {
  /** What was done: `rewind`, `restore`, `swap`, `clone`, `truncate`, `flush`, `none`, ... */
  readonly how: string;
  readonly ms: number;
  /** Tables, keys, ... that had changed. */
  readonly changed: number;
  readonly leaks: readonly { readonly kind: 'transaction' | 'write' | 'server'; readonly text: string }[];
  /** Why the way that was asked for could not be gone. */
  readonly fallback?: string;
  /** The connections of the app were ended. */
  readonly disconnected?: boolean;
}
export interface Lease {
  readonly id: string;
  /** By service: `url`, `host`, `port`, ... */
  readonly services: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What the lease has put into the environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** The state that this worker has leased. Everything here throws when the process is no worker of a session with isolation above `run`. */
export interface Seatrial {
  readonly lease: Lease;
  readonly isolation: string;
  /** For a fixture that lives as long as the file and is first asked for in the middle of a test: what `work` writes stays to the end of the file. */
  inFile<T>(work: () => T | Promise<T>): Promise<T>;
  /** Undoes what the running test has written so far; it goes on from the state in which it began. Answers what was done, by service. */
  reset(): Promise<Readonly<Record<string, ResetReport>>>;
  /** What has changed since the running test began, by service; of one service when it is named. */
  diff(): Promise<Readonly<Record<string, readonly Change[]>>>;
  diff(service: string): Promise<readonly Change[]>;
}
export declare const seatrial: Seatrial;
