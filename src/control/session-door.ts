import type { RunEvent } from '../core/event.ts';
import type { Inspector } from '../core/inspect.ts';
import type { Isolation } from '../core/isolation.ts';
import type { Lease, LeaseKey } from '../core/lease.ts';
import type { LeaseStates } from '../session/lease-states.ts';

/** What the control API needs of a session; the session implements it, the API's routes are thin over it. */
export interface SessionDoor {
  readonly id: string;
  readonly project: { readonly name: string; readonly root: string };
  status(): SessionStatus;
  /** The same key gets the same lease while it lives. `signal` aborts when the asker has gone. */
  acquire(key: LeaseKey, signal: AbortSignal, isolation?: Isolation): Promise<Lease>;
  readonly states: Pick<LeaseStates, 'begin' | 'end' | 'enter' | 'leave' | 'diff'>;
  /** What tests see of a service of a lease, by its id; of the session's own state by `main`. */
  inspector(lease: string, service: string): Promise<Inspector>;
  release(leaseId: string, reason: 'released' | 'disconnected'): Promise<void>;
  /** Environment of main processes: what the command of `run` sees. */
  mainEnv(): Readonly<Record<string, string>>;
  /** Names in it whose values are another's in a lease. */
  leasedNames(): readonly string[];
  /** A runner's plug-in works in the worker of this key. */
  hello(key: LeaseKey, plugin: string, version: string): void;
  restartService(name: string): Promise<void>;
  stopService(name: string): Promise<void>;
  /** Ends the session: services stop, leases end. */
  stop(): Promise<void>;
  /** Any authenticated request counts as use; postpones the idle expiry. */
  touch(): void;
  readonly events: {
    /** Calls `listener` for each event from now on; the answer ends that. */
    subscribe(listener: (event: RunEvent) => void): () => void;
    /** The latest events, oldest first. */
    recent(): readonly RunEvent[];
  };
}

/** Plain JSON; times are milliseconds since the epoch. */
export interface SessionStatus {
  readonly session: string;
  readonly project: { readonly name: string; readonly root: string };
  readonly startedAt: number;
  readonly pid: number;
  readonly isolation: Isolation;
  readonly services: readonly ServiceStatus[];
  readonly leases: readonly LeaseStatus[];
  readonly commands: readonly CommandStatus[];
}

export const SERVICE_STATES = ['starting', 'ready', 'died', 'stopped'] as const;
export type ServiceState = (typeof SERVICE_STATES)[number];

export interface ServiceStatus {
  readonly name: string;
  readonly kind: string;
  readonly title: string;
  readonly version: string;
  /** What runs, in prose: `Redis (Valkey 9.1.2)`. */
  readonly product: string;
  readonly driver: string;
  readonly state: ServiceState;
  /** Null before it is ready. */
  readonly port: number | null;
  /** Connection fields without secrets: no `password`, and URLs with `***` in its place. */
  readonly fields: Readonly<Record<string, string>>;
  readonly startedAt: number | null;
  readonly pid: number | null;
  readonly logFile: string | null;
  /** How its data came to be. */
  readonly data: string | null;
}

export interface LeaseStatus {
  readonly id: string;
  readonly key: LeaseKey;
  readonly createdAt: number;
}

export interface CommandStatus {
  readonly argv: readonly string[];
  readonly pid: number;
  readonly startedAt: number;
}
