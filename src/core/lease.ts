import type { ConnectionFields } from './connection.ts';

/** Who holds a lease. The same key gets the same lease while it lives. */
export interface LeaseKey {
  /** `pytest`, `vitest`, `run`, ... */
  readonly runner: string;
  /** Process id of the runner's main process. */
  readonly mainPid: number;
  /** Worker slot: `gw0`, `1`, or `main`. */
  readonly slot: string;
}

/** A worker's own state on the running services. */
export interface Lease {
  readonly id: string;
  readonly key: LeaseKey;
  /** Connection fields by service name. */
  readonly services: Readonly<Record<string, ConnectionFields>>;
  /** The environment that its holder gets. */
  readonly env: Readonly<Record<string, string>>;
}

/** `vitest/4711/1`: equal for equal keys. */
export function leaseKeyText({ runner, mainPid, slot }: LeaseKey): string {
  return `${runner}/${mainPid}/${slot}`;
}
