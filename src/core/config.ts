import type { ContainerSettings } from './container.ts';
import type { DriverName } from './driver.ts';
import type { Isolation } from './isolation.ts';
import type { Json } from './json.ts';

/** Where a value came from, as a user would say it: `seatrial.yaml:4`, `compose.yaml (service db)`, `requirements.txt (psycopg)`, `--service`. */
export type Origin = string;

/** The whole configuration after files, inference, environment and flags; frozen. Made by `config/`, consumed by `plan/`. */
export interface ResolvedConfig {
  readonly project: Project;
  readonly services: readonly ServiceConfig[];
  readonly test: TestConfig;
  /** Extra environment of the command: values may hold templates such as `${db.url}`. */
  readonly env: Readonly<Record<string, string>>;
  /** Files to write for frameworks which read one; removed again at the end of the run. */
  readonly envFiles: readonly EnvFile[];
  /** Order of preference. */
  readonly drivers: readonly DriverName[];
  /** A folder or file URL prefix of a company's own server builds, by artifact key. */
  readonly artifacts: Readonly<Record<string, ArtifactOverride>>;
  /** The file that the services came from; undefined when inferred or from flags only. */
  readonly source: Origin;
  /** What the user should know, one line each. */
  readonly notes: readonly Note[];
  /** Addresses that were seen in the environment or `.env` and are not used; a run that connects to one fails. */
  readonly found: readonly FoundAddress[];
  /** Ends an unused session of `services start`. */
  readonly idleMs: number;
  /** `<PROJECT>_TEST_RUN_ID`, set from outside. */
  readonly runId?: string | undefined;
  /** `<PROJECT>_TEST_CONTAINER`, set from outside: the name that the main database goes by. */
  readonly containerName?: string | undefined;
}

export interface Note {
  /** `inferred`: a decision that we took; `ignored`: something that is not honoured; `unused`: a found address that is not adopted; `warning`. */
  readonly kind: 'inferred' | 'ignored' | 'unused' | 'warning';
  readonly text: string;
  readonly origin: Origin;
}

export interface FoundAddress {
  /** The variable that names it. */
  readonly name: string;
  readonly origin: Origin;
  readonly host: string;
  readonly port: number;
}

export interface Project {
  /** As in the manifest; lower case, `[a-z0-9-]`, at most 40 characters. */
  readonly name: string;
  /** Absolute folder of the configuration or manifest. */
  readonly root: string;
}

export interface ServiceConfig {
  readonly name: string;
  readonly kind: string;
  readonly version: string | undefined;
  /** The image reference it was named by: its version may then be replaced, with a line that says so; one given by `use` may not. */
  readonly image?: string | undefined;
  readonly origin: Origin;
  /** The name of the compose service, kept so that `db:5432` in commands and environment can be rewritten. */
  readonly composeName: string | undefined;
  readonly drivers: readonly DriverName[] | undefined;
  /** A port that the user insists on. */
  readonly port: number | undefined;
  readonly url: string | undefined;
  readonly allowReset: boolean;
  /** The app never stops writing: leases lead through a gateway that holds it while a test is taken back. */
  readonly gateway?: boolean;
  readonly options: Readonly<Record<string, Json>>;
  /** Of its container, when it runs in one. */
  readonly container?: ContainerSettings;
  /** Absolute paths. */
  readonly init: readonly string[];
  readonly migrate: readonly Step[];
  readonly seed: readonly Step[];
}

/** A migration or seed: SQL that we run ourselves, or a command of the project. */
export type Step =
  | { readonly kind: 'sql' /** Absolute file or folder. */; readonly path: string; readonly origin: Origin }
  | {
      readonly kind: 'command';
      readonly argv: readonly string[];
      readonly cwd: string;
      readonly origin: Origin;
      /** Which tool it is, when known: its inputs are then known too. */
      readonly tool: 'alembic' | 'prisma' | undefined;
      /** Files and folders that the result depends on, declared by the user; undefined = only what the tool tells. */
      readonly inputs: readonly string[] | undefined;
      /** We proposed it, the user did not write it: it runs only when its URL provably comes from a variable which we set. */
      readonly inferred: boolean;
      /** `shell: true`: run by /bin/sh -c; values reach it by environment only. */
      readonly shell: boolean;
    };

export interface TestConfig {
  /** From the configuration, or the test service of a compose file; undefined = must be given after `--`. */
  readonly command: readonly string[] | undefined;
  readonly cwd: string;
  readonly isolation: Isolation;
  /** Called after each reset at the end of a test, so that an app can clear its memory. */
  readonly onReset?: OnReset | undefined;
  readonly origin: Origin;
}

/** A POST to this address, or a command with the environment of the lease. */
export type OnReset = { readonly url: string } | { readonly argv: readonly string[]; readonly cwd: string };

export interface EnvFile {
  readonly path: string;
  readonly format: 'dotenv' | 'json';
  /** Name to template; undefined = everything that is injected. */
  readonly values: Readonly<Record<string, string>> | undefined;
}

export interface ArtifactOverride {
  /** Absolute path of an archive or an unpacked folder. */
  readonly path: string;
  readonly sha256: string | undefined;
}
