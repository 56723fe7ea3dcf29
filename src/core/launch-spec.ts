import type { ImageSpec } from './image-spec.ts';
import type { Json } from './json.ts';
import type { LayerBase, OnlineLayer } from './online-layer.ts';

export type { OnlineContext, OnlineLayer } from './online-layer.ts';

/** What to run, silent on who runs it. A driver says which kinds it takes. */
export type LaunchSpec = BinarySpec | ProgramSpec | ImageSpec | AddressSpec;
export type LaunchKind = LaunchSpec['kind'];

/** A server process on an ephemeral data directory, whoever has found its executables. */
export interface ServerSpec {
  /** It runs as the account that Seatrial runs as, also when that is root: no other may be able to read what it needs. */
  readonly ownAccount?: true;
  /** Steps that make the data directory, in order; each is cached by the keys of all up to it. */
  readonly layers: readonly DataLayer[];
  command(run: BinaryRun): ProcessSpec;
  readonly stop: StopSpec;
  /** True when the log of a server that ended says that its port was taken: the start is tried again on another port. */
  isPortClash(log: string): boolean;
}

/** An executable; for the drivers `embedded` and `native`. */
export interface BinarySpec extends ServerSpec {
  readonly kind: 'binary';
  /** Key in the artifact lock list, e.g. `postgres@18`. */
  readonly artifact: string;
  /** What the user asked for: `18`, `16.4`, or undefined for the default. Native executables must report a version that matches. */
  readonly version: string | undefined;
  /** Names that must all be there, e.g. `['postgres', 'initdb']`; the first is the server. */
  readonly executables: readonly string[];
  /** Folders to look in besides PATH, `*` allowed as one segment, for example the `bin` of each version under `/usr/lib/postgresql`. */
  readonly searchFolders: readonly string[];
  /** How the server executable tells its version: arguments, and the version out of what it prints or where it lies, or why it is not what is meant. */
  readonly versionProbe: { readonly args: readonly string[]; parse(output: string, file?: string): ProbedVersion };
  readonly refusesRoot: boolean;
}

/** A server of our own: a module of this package, run by the Node that runs Seatrial; for the driver `embedded`. */
export interface ProgramSpec {
  readonly kind: 'program';
  /** Its path below `src/` without extension: `services/smtp/server/main`. */
  readonly module: string;
  /** Of what it is built on, for the user. */
  readonly version: string;
  /** What it reads by `programSettings` (util). It listens on the port at each of the addresses, and ends with EADDRINUSE where it can't. */
  settings(run: ProgramRun): Json;
}
export interface ProgramRun extends Omit<BinaryRun, 'tools'> {
  /** Where it takes commands: a Unix socket. */
  readonly control: string;
}

/** Undefined = it does not say. `refused`: what it is instead, as in `it is MariaDB 10.11.19, not MySQL`. */
export type ProbedVersion = string | { readonly refused: string } | undefined;

/** A server that runs already; for the driver `external`. */
export interface AddressSpec {
  readonly kind: 'address';
  readonly url: string;
  /** When the URL names none. */
  readonly defaultPort: number;
}

/** Executables of one server build, found by a driver. */
export interface Toolset {
  /** Exact version, e.g. `18.4`. */
  readonly version: string;
  /** Identifies the build in cache keys: the artifact's checksum, or path + size + mtime for a native one. */
  readonly buildId: string;
  /** Absolute path of an executable named in `executables`. */
  bin(name: string): string;
  /** Environment that the executables need, e.g. LD_LIBRARY_PATH. */
  readonly env: Readonly<Record<string, string>>;
}

/** One start of a binary: the values its command line is made of. */
export interface BinaryRun {
  readonly tools: Toolset;
  readonly dataDir: string;
  /** Short-lived folder for sockets and the like, beside the data. Socket paths are limited to about 100 characters. */
  readonly socketDir: string;
  readonly port: number;
  /** Loopback literals to listen on. */
  readonly addresses: readonly string[];
  /** Random token of this start; where the server can echo it, readiness compares it, so that a stranger on our port is never taken for ours. */
  readonly nonce: string;
}

export interface ProcessSpec {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Where it listens when it can't on all addresses; the first of them at least. */
  readonly addresses?: readonly string[];
  /** The Unix socket on which it listens too, beside its port. */
  readonly unixSocket?: string;
  /** As in `Endpoint`. */
  readonly control?: string;
}

export interface StopSpec {
  /** Orderly stop, and how long it may take before `crashSignal`. */
  readonly signal: NodeJS.Signals;
  readonly graceMs: number;
  /** The service's own immediate stop, used by watchdog and sweep (SIGQUIT for PostgreSQL: its backends follow). */
  readonly crashSignal: NodeJS.Signals;
}

/**
 * One step in making a data directory. `offline` layers work on the folder with no server running; `online` ones on the running server.
 * `key` holds every input of the step; undefined = inputs cannot be known, so the result of this and later layers is not cached.
 */
export type DataLayer = OfflineLayer | OnlineLayer;
export interface OfflineLayer extends LayerBase {
  readonly kind: 'offline';
  build(context: OfflineContext): Promise<void>;
}
export interface OfflineContext {
  readonly tools: Toolset;
  /** An empty folder owned by the uid that the service runs as. */
  readonly dataDir: string;
  /** Runs a tool to its end under the service's uid; rejects with its output when it fails. */
  exec(
    file: string,
    args: readonly string[],
    options?: { readonly env?: Readonly<Record<string, string>>; readonly input?: string },
  ): Promise<string>;
  readonly signal: AbortSignal;
}
