import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureJunitJars, ensureTestClassPath } from '../../../scripts/dev/java.mjs';
import { type CommandResult, runCommand } from '../../../src/util/platform/run-command.ts';
import type { OpenControl } from '../../../test/control/open-control.ts';
import { commandEnv } from '../../../test/runners/run-child.ts';

/** The suite that the tests of this folder run. */
export const PROJECT = fileURLToPath(new URL('./project', import.meta.url));

export interface LaunchOptions {
  readonly isolation?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Of the JVM. */
  readonly options?: readonly string[];
  readonly java?: string;
  /** It must fail. */
  readonly fails?: boolean;
  /** The whole environment, when it is not that of `run`. */
  readonly given?: Readonly<Record<string, string>>;
  /** Comes first on the class path. */
  readonly jar?: string;
  /** Parameters of JUnit's configuration. */
  readonly config?: Readonly<Record<string, string>>;
}

/** The environment of `run` for a JVM. */
export function javaEnv(control: OpenControl, { isolation = 'rewind', env = {} }: LaunchOptions = {}): Record<string, string> {
  ensureJunitJars();
  return { ...commandEnv(control, env), SEATRIAL_ISOLATION: isolation };
}

/** Runs test classes of the fixture by JUnit's console launcher, as an IDE would, and answers its output. */
export async function launch(control: OpenControl, classes: readonly string[], options: LaunchOptions = {}): Promise<string> {
  const env = options.given ?? javaEnv(control, options);
  const { exitCode, stdout, stderr } = await launchIn(PROJECT, classes, { ...options, env });
  if ((exitCode !== 0) !== (options.fails ?? false))
    throw new Error(`exit code ${exitCode} of ${classes.join(', ')}:\n${stdout}${stderr}`);
  return stdout + stderr;
}

export interface LaunchInOptions extends Pick<LaunchOptions, 'java' | 'options' | 'jar' | 'config'> {
  /** The whole of it. */
  readonly env: Readonly<Record<string, string>>;
}

export function launchIn(cwd: string, classes: readonly string[], options: LaunchInOptions): Promise<CommandResult> {
  const classPath = [...(options.jar ? [options.jar] : []), ensureTestClassPath(PROJECT)].join(path.delimiter);
  const args = [
    ...(options.options ?? []),
    ...['-cp', classPath, 'org.junit.platform.console.ConsoleLauncher', 'execute', '--disable-banner', '--disable-ansi-colors'],
    ...classes.flatMap((name) => ['--select-class', `fixture.${name}`]),
    ...Object.entries(options.config ?? {}).flatMap(([name, value]) => ['--config', `${name}=${value}`]),
  ];
  return runCommand(options.java ?? 'java', args, { cwd, env: options.env, signal: AbortSignal.timeout(120_000) });
}

/** What the session was told, but for the begin of leases and their end. */
export function marks({ door }: OpenControl): string[] {
  return door.calls.filter((call) => /^(begin|end|enter|leave) /.test(call));
}

/** The JDKs of this machine by version: the one on PATH, and those in the usual place. */
export function findJdks(): string[] {
  const folder = '/usr/lib/jvm';
  const found = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  const homes = [...new Set(found.map((name) => fs.realpathSync(path.join(folder, name))))];
  return ['java', ...homes.map((home) => path.join(home, 'bin', 'java')).filter((file) => fs.existsSync(file))];
}
