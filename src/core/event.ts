import type { Death } from './driver.ts';
import type { LeaseKey } from './lease.ts';

/** Everything that happens in a session, in one typed stream; reporters and `/v1/events` read it. `at` = milliseconds since the epoch. */
export type RunEvent = { readonly at: number } & RunEventBody;
export type RunEventBody =
  | { readonly type: 'session.opened'; readonly session: string }
  | { readonly type: 'service.starting'; readonly service: string; readonly driver: string; readonly version: string }
  | { readonly type: 'service.progress'; readonly service: string; readonly line: string }
  | {
      readonly type: 'service.ready';
      readonly service: string;
      readonly ms: number;
      readonly port: number;
      readonly data?: string;
    }
  | { readonly type: 'service.died'; readonly service: string; readonly death: Death; readonly logTail: readonly string[] }
  | { readonly type: 'service.stopped'; readonly service: string; readonly ms: number }
  | { readonly type: 'step.started'; readonly service: string; readonly title: string }
  | { readonly type: 'step.output'; readonly service: string; readonly line: string }
  | {
      readonly type: 'step.finished';
      readonly service: string;
      readonly title: string;
      readonly ms: number;
      readonly reused: boolean;
    }
  | { readonly type: 'lease.created'; readonly lease: string; readonly key: LeaseKey; readonly ms: number }
  | {
      readonly type: 'lease.ended';
      readonly lease: string;
      readonly key: LeaseKey;
      readonly reason: 'released' | 'disconnected' | 'session';
    }
  | { readonly type: 'worker.hello'; readonly key: LeaseKey; readonly plugin: string; readonly version: string }
  | { readonly type: 'command.started'; readonly argv: readonly string[]; readonly pid: number }
  | { readonly type: 'command.ended'; readonly exitCode: number; readonly ms: number }
  | { readonly type: 'cleanup.leftover'; readonly what: string }
  /** From now on only the next `seatrial` cleans up, should this process be killed. */
  | { readonly type: 'session.unwatched'; readonly why: string }
  | { readonly type: 'session.closed'; readonly session: string };
