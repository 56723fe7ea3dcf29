import type { Endpoint } from './connection.ts';
import type { ContainerEngine, ContainerSettings, LeftContainers } from './container.ts';
import type { Death } from './death.ts';
import type { ImageSpec } from './image-spec.ts';
import type { AddressSpec, LaunchKind, LaunchSpec, ServerSpec, Toolset } from './launch-spec.ts';
import type { ConfiguredService } from './service.ts';

export type { Death } from './death.ts';

export const DRIVER_NAMES = ['embedded', 'native', 'docker', 'external'] as const;
export type DriverName = (typeof DRIVER_NAMES)[number];

/** Whether a driver can run a spec on this machine; asked before a plan is made, with no side effect and no download. */
export type Probe =
  | {
      readonly ok: true;
      readonly version: string;
      readonly how: string /** False: it must be fetched first. */;
      readonly present: boolean;
      readonly downloadBytes?: number;
    }
  | { readonly ok: false; readonly why: string };

export interface Driver {
  readonly name: DriverName;
  readonly takes: readonly LaunchKind[];
  probe(spec: LaunchSpec): Promise<Probe>;
  /** Brings the service up. Resolves when it is ready; on failure nothing of it is left. */
  launch(spec: LaunchSpec, context: LaunchContext): Promise<Running>;
  /** Removes the containers of a session that has died; rejects when its engine can't be asked. */
  removeLeft?(left: LeftContainers): Promise<void>;
}

/** What the session lends a driver for one launch. */
export interface LaunchContext {
  /** Name in the configuration. */
  readonly name: string;
  readonly service: ConfiguredService;
  /** A port that the user insists on; undefined = any free one. */
  readonly port: number | undefined;
  readonly signal: AbortSignal;
  /** Runs a server with the given executables on an ephemeral data directory, through gate and ledger. */
  runBinary(spec: ServerSpec, tools: Toolset): Promise<Running>;
  /** Runs a container of a spec whose image is there, through the ledger. */
  runContainer(spec: ImageSpec, engine: ContainerEngine, version: string | undefined): Promise<Running>;
  /** What the user says of its container. */
  readonly container?: ContainerSettings | undefined;
  /** Takes a server that runs already. */
  useAddress(spec: AddressSpec): Promise<Running>;
  /** A line of progress for the user, e.g. of a download. */
  progress(line: string): void;
}

/** A service that has answered in its own protocol. */
export interface Running extends AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly version: string;
  readonly pid: number | undefined;
  readonly logFile: string | undefined;
  /** How its data came to be, e.g. `copied from the golden template made 2 h ago`. */
  readonly data: string | undefined;
  /** Settles when the process ends by itself, a new promise after each restart, and after one that failed; never for an external address. */
  readonly died: Promise<Death>;
}
