import type { OnlineLayer } from './online-layer.ts';

/**
 * A container of an image; for the driver `docker`. Data are new at each start and lie in memory; readiness is the service's own `ready`
 * at the published port, as for every driver.
 */
export interface ImageSpec {
  readonly kind: 'image';
  /** As `docker run` takes it: `postgres:18`. */
  readonly image: string;
  /** What the user asked for: `18`, `16.4`, or undefined for the default. */
  readonly version: string | undefined;
  /** Exact version, from what the image says of itself. Default: the label `org.opencontainers.image.version`, else the version in its tag. */
  versionOf?(image: ImageFacts): string | undefined;
  /** Ports inside the container that are published on loopback; clients connect to the first, `endpoint.ports` has them all. */
  readonly ports: readonly number[];
  /** What the container is made of; asked again for each start. */
  container(run: ImageRun): ContainerSpec;
  /** What must be true besides the service's own `ready`. */
  readonly readyWhen?: ReadyWhen;
  /** Steps on each new server, once it is ready and before migrations. */
  readonly layers?: readonly OnlineLayer[];
  /** How long an orderly stop may take, by the image's own signal; default 10 s. Only restarts stop in order: the data of others are thrown away. */
  readonly graceMs?: number;
}

/** Its health check passes, its log has such a line, or a command in it ends with 0. */
export type ReadyWhen = { readonly health: true } | { readonly log: RegExp } | { readonly command: readonly string[] };

/** What an image says of itself. */
export interface ImageFacts {
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Of the reference; `latest` when it has none. */
  readonly tag: string;
}

/** One start of an image. */
export interface ImageRun {
  /** The one that runs: the user may have named another than the spec. */
  readonly image: string;
  /** As `versionOf` told, else the version in the tag; undefined when nothing does. */
  readonly version: string | undefined;
  /** Where the container's ports are published on this machine, by port inside: what a server must advertise to its clients. */
  readonly host: string;
  readonly published: Readonly<Record<number, number>>;
  /** Random token of this start; where the server can echo it, readiness compares it. */
  readonly nonce: string;
}

export interface ContainerSpec {
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments of the image's entry point, in place of its own. */
  readonly args?: readonly string[];
  readonly entrypoint?: readonly string[];
  /** Folders in memory: the data path of the server. */
  readonly tmpfs?: readonly string[];
  /** Files put into the container before it starts, e.g. into `/docker-entrypoint-initdb.d`. */
  readonly files?: readonly ContainerFile[];
  /** Size of /dev/shm; the engine's default is 64 MB. */
  readonly shmBytes?: number;
}

export interface ContainerFile {
  /** Absolute, inside the container. */
  readonly path: string;
  /** Text, or a file of this machine. */
  readonly content: string | { readonly file: string };
  /** Default 0o644. */
  readonly mode?: number;
}
