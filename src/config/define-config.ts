import type { DriverName } from '../core/driver.ts';
import type { Isolation } from '../core/isolation.ts';
import type { Json } from '../core/json.ts';

/** The configuration as the user writes it, in `seatrial.yaml`, `.json` or, through `defineConfig`, in TypeScript or JavaScript. */
export interface SeatrialConfig {
  readonly project?: string;
  /** By name; text is short for `{ use: text }`. */
  readonly services?: Readonly<Record<string, string | ServiceInput>>;
  readonly test?: {
    readonly command?: CommandInput;
    readonly isolation?: Isolation;
    readonly cwd?: string;
    readonly onReset?: CommandInput;
  };
  readonly env?: Readonly<Record<string, string | number | boolean>>;
  readonly envFiles?: readonly (string | EnvFileInput)[];
  readonly drivers?: readonly DriverName[];
  readonly ports?: Readonly<Record<string, number>>;
  readonly artifacts?: Readonly<Record<string, string | { readonly path: string; readonly sha256?: string }>>;
  /** `30m`, `8h`, or milliseconds. */
  readonly idle?: string | number;
}

/** Text is split into words without a shell. */
export type CommandInput = string | readonly string[];

export interface ServiceInput {
  readonly use?: string;
  readonly image?: string;
  readonly url?: string;
  readonly drivers?: readonly DriverName[];
  readonly port?: number;
  readonly init?: string | readonly string[];
  readonly migrate?: StepsInput;
  readonly seed?: StepsInput;
  readonly allowReset?: boolean;
  readonly gateway?: boolean;
  readonly pull?: 'missing' | 'never';
  /** Of its container: `512m`, `2g`. */
  readonly memory?: string;
  /** Options of the kind: `user`, `password`, `database`, ... */
  readonly [option: string]: Json | StepsInput | undefined;
}

export type StepsInput = string | StepInput | readonly (string | StepInput)[];
export interface StepInput {
  /** An SQL file, or a folder of them. */
  readonly sql?: string;
  readonly command?: CommandInput;
  readonly cwd?: string;
  /** Files and folders that the result depends on: with them it can be kept for the next run. */
  readonly inputs?: readonly string[];
  /** Run the command by /bin/sh -c. */
  readonly shell?: boolean;
}

export interface EnvFileInput {
  readonly path: string;
  readonly format?: 'dotenv' | 'json';
  readonly values?: Readonly<Record<string, string | number | boolean>>;
}

/** Gives an editor the types of the configuration; returns it as it is. */
export function defineConfig(config: SeatrialConfig): SeatrialConfig {
  return config;
}
