import type { ConnectionFields, Endpoint } from './connection.ts';
import type { Wire } from './gateway.ts';
import type { Inspector } from './inspect.ts';
import type { Isolation } from './isolation.ts';
import type { Json } from './json.ts';
import type { LaunchSpec } from './launch-spec.ts';
import type { StateKeeper } from './reset.ts';

/** One option of a service in the configuration, beside the common ones; the JSON Schema and the validation are made from it. */
export interface OptionSpec {
  readonly type: 'string' | 'integer' | 'boolean' | 'strings' | 'map' | 'any';
  readonly description: string;
  readonly default?: Json;
}

/** The immutable description of a kind of service. Pure: I/O happens in the functions of the `ConfiguredService` that it makes. */
export interface ServiceDefinition {
  /** Name in the configuration's `use:`, e.g. `postgres`. */
  readonly kind: string;
  /** Name in prose, e.g. `PostgreSQL`. */
  readonly title: string;
  /** Majors offered, the default first. */
  readonly versions: readonly string[];
  readonly defaultPort: number;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** What an app needs under this isolation, in a sentence that is told before each run. */
  advice?(isolation: Isolation): string | undefined;
  /** Reads a compose service of this kind: environment, command flags and mounts become options; what cannot be honoured becomes notes. */
  fromCompose(service: ComposeService): ComposeReading;
  configure(request: ServiceRequest): ConfiguredService;
}

export interface ComposeService {
  readonly name: string;
  /** Tag of the image without the digest, e.g. `16-alpine`; `latest` when there is none. */
  readonly tag: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  /** Absolute source on this machine (undefined for a named or anonymous volume), target in the container. */
  readonly mounts: readonly { readonly source: string | undefined; readonly target: string }[];
}
export interface ComposeReading {
  readonly options: Readonly<Record<string, Json>>;
  readonly init: readonly string[];
  /** One line each: what of the compose service is not honoured, and why. */
  readonly notes: readonly string[];
}

/** What configuration asks of one service. */
export interface ServiceRequest {
  /** Name in the configuration, e.g. `db`. */
  readonly name: string;
  /** The project's name as a slug, e.g. `orders-api`. */
  readonly project: string;
  /** As asked: `18`, `16.4`; undefined = default. */
  readonly version: string | undefined;
  /** Values of `options`, defaults filled in. */
  readonly options: Readonly<Record<string, Json>>;
  /** The container image that the user names, whole. */
  readonly image?: string | undefined;
  /** Absolute paths of init scripts or folders of them, run in name order once the data directory is new. */
  readonly init: readonly string[];
  /** For the driver `external`. */
  readonly url: string | undefined;
  /** Destructive statements are allowed on an external server. */
  readonly allowReset: boolean;
}

/** A service with its settings applied: what to launch, how to reach it, how to know it is ready, what a lease of it is. */
export interface ConfiguredService {
  readonly kind: string;
  readonly title: string;
  /** Launch specs in no order; a driver takes those of its kinds. */
  readonly launch: readonly LaunchSpec[];
  /** What runs, in prose, where that is another product than `title` says: `Redis (Valkey 9.1.2)`. Default: title and version. */
  product?(version: string, driver: string): string;
  /** Where this differs from what the official image would give, one line each; printed by `plan`. */
  deviations(version: string, driver: string): readonly string[];
  fields(endpoint: Endpoint): ConnectionFields;
  /** Names that the ecosystem expects for this kind, e.g. PGHOST; names by service (`DB_URL`) are added by the session. */
  env(fields: ConnectionFields): Readonly<Record<string, string>>;
  /**
   * One try: logs in as the app's user at each address and asks one question. Resolves when the service that answered is the one
   * started with `nonce` by process `pid` (both undefined for an external address); rejects with the reason otherwise.
   */
  ready(endpoint: Endpoint, check: ReadyCheck): Promise<void>;
  /** Loads what `ready` needs; called while the data directory is being made, on the other core. */
  preload?(): Promise<unknown>;
  readonly lease: LeaseSupport;
  /** Its data is not worth keeping for another run, e.g. because it expires: migrations and seed are carried out on each start. */
  readonly ephemeral?: boolean;
  /** What a gateway knows of its protocol. Default `bytes`. */
  readonly wire?: Wire;
  /** Lets tests see what the service holds for one lease. */
  readonly inspect?: InspectSupport;
  /** Runs a script file (SQL, or commands of the service) on the app's database as the app's user, for `migrate:` and `seed:`. */
  runScript?(endpoint: Endpoint, file: string, log: (line: string) => void, signal: AbortSignal): Promise<void>;
  /** After migrations and seed: whatever makes the state worth keeping, e.g. ANALYZE. */
  settle?(endpoint: Endpoint): Promise<void>;
  /** A string that changes when anything is written to the app's database; tells whether a migration reached our server. */
  activity?(endpoint: Endpoint): Promise<string>;
}

export interface InspectSupport {
  /** True where what has come before somebody looked can't be seen any more: it is opened with each lease, else when first asked. */
  readonly early: boolean;
  /** `fields`: those that the lease's holder connects with. */
  open(fields: ConnectionFields): Promise<Inspector>;
}

export interface ReadyCheck {
  readonly nonce: string | undefined;
  readonly pid: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * How a worker gets a state of its own. `database`: a clone inside the running server. `instance`: a server of its own, which the session
 * starts from the same launch spec, because that is cheaper for this kind.
 */
export type LeaseSupport = DatabaseLease | InstanceLease;
export interface InstanceLease {
  readonly kind: 'instance';
  /** With what data a leased server starts: `seeded` = those that migrations and seed have left, copied. Absent = empty ones. */
  readonly data?: 'seeded';
  /** Reads what migrations and seed have left on the session's own server, before anybody can touch it. Absent = leases start empty, and stay as tests leave them. */
  openSeed?(seeded: Endpoint): Promise<Seed>;
}
/** The state in which each leased server begins. */
export interface Seed extends AsyncDisposable {
  fill(leased: Endpoint): Promise<void>;
  /** Opens what takes a leased server back after each test. */
  openKeeper(leased: Endpoint, isolation: Isolation): Promise<StateKeeper>;
}
export interface DatabaseLease {
  readonly kind: 'database';
  /** Opens what leasing needs (control connection, pristine template). Called once for a running instance, before the first lease. */
  open(
    endpoint: Endpoint,
    options?: { /** Hex; marks everything that the book makes. */ readonly token?: string },
  ): Promise<LeaseBook>;
  /** Drops what the book with this token has left on a server that outlives it: its process has died. `urls` are those of its leases. */
  dropAll(endpoint: Endpoint, left: LeftLeases): Promise<void>;
}
export interface LeftLeases {
  readonly token: string;
  readonly urls: readonly string[];
  /** The process has died just now; else somebody may have moved in since, where nothing marks what is ours. */
  readonly justNow: boolean;
}
export interface LeaseBook extends AsyncDisposable {
  /** Makes the state of one lease; `id` is lower case letters and digits. Returns the fields that its holder connects with. */
  create(id: string, isolation?: Isolation): Promise<ConnectionFields>;
  /** Drops it, ending connections that are still open. Checks our marker first. Safe to call twice. */
  drop(id: string): Promise<void>;
  /** Opens what takes this lease back after each test, by the isolation that it was made for; absent = this kind can't. */
  openKeeper?(id: string, isolation: Isolation): Promise<StateKeeper>;
}
