import type { Death } from './death.ts';
import type { ContainerSpec, ReadyWhen } from './image-spec.ts';

/** An engine that runs containers, as a driver hands it to the session. */
export interface ContainerEngine {
  /** As the user knows it: `Docker 28.2.2`. */
  readonly title: string;
  /** How to reach it again; kept in the ledger of the session. */
  readonly address: EngineAddress;
  /** Where ports that it publishes are reached. */
  readonly host: string;
  /** Makes and starts a container that the ledger knows. Rejects with a `PortTaken` when a port is in use; nothing of it is left then. */
  run(request: ContainerRequest): Promise<Container>;
}

export interface EngineAddress {
  /** `unix:///var/run/docker.sock`, `tcp://docker:2375`. */
  readonly url: string;
  /** Folder of `ca.pem`, `cert.pem` and `key.pem`, for TLS. */
  readonly certificates?: string | undefined;
}

export interface ContainerRequest extends ContainerSpec {
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Port inside to port on this machine. */
  readonly publish: Readonly<Record<number, number>>;
  readonly memoryBytes: number | undefined;
  readonly logFile: string;
  readonly signal: AbortSignal;
}

export interface Container {
  /** When it has ended and its log is written; a new promise after `restart`. */
  ended(): Promise<ContainerDeath>;
  /** Stops it in order and starts it again; what it kept in memory is gone. */
  restart(graceMs: number): Promise<void>;
  /** One try: rejects with the reason while it is not ready. What its log says is not asked here. */
  check(when: ReadyWhen, signal: AbortSignal): Promise<void>;
  /** Ends and removes it with its volumes. */
  remove(): Promise<void>;
}
export interface ContainerDeath extends Death {
  readonly outOfMemory: boolean;
}

export class PortTaken extends Error {
  override readonly name = 'PortTaken';
}

/** By these every container of ours is found again, whatever has become of its session. */
export const CONTAINER_LABELS = {
  session: 'seatrial.session',
  project: 'seatrial.project',
  service: 'seatrial.service',
  run: 'seatrial.run',
  /** The process that owns it, as JSON. */
  owner: 'seatrial.owner',
} as const;

/** What users say of the containers of one service. */
export interface ContainerSettings {
  /** `never`: only images that this machine has. */
  readonly pull: 'missing' | 'never';
  readonly memoryBytes: number | undefined;
}

/** Containers of a session that has died. */
export interface LeftContainers {
  readonly address: EngineAddress;
  readonly session: string;
  readonly names: readonly string[];
  /** The session has died just now: the engine may still be making one that it was asked for. */
  readonly justNow: boolean;
}
