import type { GatewayOptions, Pause } from '../../core/gateway.ts';

/** What the session asks of the thread; each is answered by its number. */
export type Request =
  | { readonly op: 'open'; readonly options: GatewayOptions; readonly paused: boolean }
  | { readonly op: 'pause'; readonly patienceMs: number }
  | { readonly op: 'resume' | 'count' | 'close' };
export interface Envelope {
  readonly number: number;
  readonly gateway: number;
  readonly request: Request;
}
export type Answer = { readonly number: number } & ({ readonly value: Value } | { readonly error: string });
export type Value = Opened | Pause | number | undefined;
export interface Opened {
  readonly port: number;
  readonly addresses: readonly string[];
}
