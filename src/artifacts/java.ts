import fs from 'node:fs';
import path from 'node:path';
import { runCommand } from '../util/platform/run-command.ts';

export interface Java {
  /** Absolute path of the program. */
  readonly file: string;
  /** E.g. `17.0.15`. */
  readonly version: string;
}

/** The Java of this machine, by JAVA_HOME, then PATH: the first one that is new enough, or what there is instead. */
export async function findJava(least: number): Promise<Java | { readonly why: string }> {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  if (process.env.JAVA_HOME) folders.unshift(path.join(process.env.JAVA_HOME, 'bin'));
  const passedOver: string[] = [];
  for (const folder of folders.filter((name) => path.isAbsolute(name))) {
    const file = path.join(folder, 'java');
    if (!fs.existsSync(file)) continue;
    const version = releaseOf(file) ?? (await ask(file));
    if (version !== undefined && majorOf(version) >= least) return { file, version };
    passedOver.push(`${file} ${version === undefined ? 'does not tell its version' : `is ${version}`}`);
  }
  return { why: passedOver.length > 0 ? passedOver.join(', ') : 'there is none on PATH or in JAVA_HOME' };
}

/** What the file beside a JDK or JRE says: asking the program takes 0.1 s of a core. */
function releaseOf(file: string): string | undefined {
  try {
    const release = path.join(path.dirname(fs.realpathSync(file)), '..', 'release');
    return /^JAVA_VERSION="([^"]+)"/m.exec(fs.readFileSync(release, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

async function ask(file: string): Promise<string | undefined> {
  try {
    const { exitCode, stdout, stderr } = await runCommand(file, ['-version'], { signal: AbortSignal.timeout(10_000) });
    return exitCode === 0 ? /version "([^"]+)"/.exec(stderr + stdout)?.[1] : undefined;
  } catch {
    return undefined;
  }
}

/** `1.8.0_402` is 8. */
function majorOf(version: string): number {
  const [first = '', second = ''] = version.split(/[._-]/);
  return Number(first === '1' ? second : first);
}
