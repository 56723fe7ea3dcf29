import type { Death } from './driver.ts';
import type { LeaseKey } from './lease.ts';
import type { Kept, ResetReport, Scope } from './reset.ts';
import type { TestMark, TestResult } from './test-mark.ts';

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
  /** `lease`: it was this lease's own server. */
  | {
      readonly type: 'service.died';
      readonly service: string;
      readonly lease?: string;
      readonly death: Death;
      readonly logTail: readonly string[];
    }
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
  /** None could be made for this worker. */
  | { readonly type: 'lease.failed'; readonly key: LeaseKey; readonly message: string; readonly hint: string }
  | { readonly type: 'worker.hello'; readonly key: LeaseKey; readonly plugin: string; readonly version: string }
  | { readonly type: 'test.started'; readonly lease: string; readonly test: TestMark }
  | { readonly type: 'test.finished'; readonly lease: string; readonly test: TestMark; readonly result: TestResult }
  /** Tests of one worker run at the same time: none of them is reset before all have ended. */
  | { readonly type: 'test.overlap'; readonly lease: string; readonly tests: readonly TestMark[] }
  /** The state of a lease went back to what it was before this scope; `test` = the one that had just ended. */
  | {
      readonly type: 'lease.reset';
      readonly lease: string;
      readonly scope: Scope;
      readonly ms: number;
      readonly test?: TestMark;
      /** By service. */
      readonly reports: Readonly<Record<string, ResetReport>>;
    }
  | {
      readonly type: 'lease.reset-failed';
      readonly lease: string;
      readonly scope: Scope;
      readonly test?: TestMark;
      readonly message: string;
    }
  /** `--keep-failed`: the state of a failed test, by service. */
  | {
      readonly type: 'lease.kept';
      readonly lease: string;
      readonly test: TestMark;
      readonly kept: Readonly<Record<string, Kept>>;
    }
  | { readonly type: 'command.started'; readonly argv: readonly string[]; readonly pid: number }
  | { readonly type: 'command.ended'; readonly exitCode: number; readonly ms: number }
  | { readonly type: 'cleanup.leftover'; readonly what: string }
  /** From now on only the next `seatrial` cleans up, should this process be killed. */
  | { readonly type: 'session.unwatched'; readonly why: string }
  | { readonly type: 'session.closed'; readonly session: string };
