import type { Endpoint } from './connection.ts';

/** What a gateway knows of the bytes that pass: `postgres` = where transactions end; `bytes` = nothing. */
export const WIRES = ['bytes', 'postgres'] as const;
export type Wire = (typeof WIRES)[number];

export interface GatewayOptions {
  /** Where the service answers; by its Unix socket when it has one. */
  readonly target: Pick<Endpoint, 'host' | 'port' | 'unixSocket'>;
  /** Default `bytes`. */
  readonly wire?: Wire;
  /** Default: one that is free. */
  readonly port?: number;
}

/** An address of its own on this machine, from where bytes pass to the target and back. */
export interface Gateway extends AsyncDisposable {
  readonly endpoint: Endpoint;
  /**
   * Stops what clients send. Resolves when nothing of it is under way: each connection is held at the end of its transaction where the wire
   * shows that, the others at once, and new ones are accepted and wait. A transaction that does not end within `patienceMs` (default 250) goes
   * on behind the pause, and is counted.
   */
  pause(patienceMs?: number): Promise<Pause>;
  resume(): Promise<void>;
  /** How many clients are connected. */
  connections(): Promise<number>;
}
export interface Pause {
  readonly stillOpen: number;
}

/** Opens gateways, all in one thread that is started with the first. */
export interface GatewayHost extends AsyncDisposable {
  open(options: GatewayOptions): Promise<Gateway>;
}
