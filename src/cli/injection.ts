import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot, runtimeFile } from '../util/package-files.ts';

/**
 * The variables by which each runner's workers load our plug-in with no change to the project. What the user has in them is kept, ours comes
 * first: Node's preload takes the lease before other preloads read the environment. pytest finds its plug-in by the metadata that lies beside
 * it, as if it were installed: a variable that names it would fail every pytest whose PYTHONPATH somebody replaces. JVMs load an agent, which
 * acts in those that run tests; Go's test binaries are started by a wrapper.
 */
export function injectPlugins(env: Readonly<Record<string, string>>): Record<string, string> {
  const preload = pathToFileURL(runtimeFile('runners/preload.mjs')).href;
  const python = pythonClient();
  return {
    NODE_OPTIONS: join(' ', `--import=${preload}`, env.NODE_OPTIONS),
    PYTHONPATH: join(path.delimiter, python, env.PYTHONPATH),
    ...forJvms(env),
    ...forGo(env),
  };
}

/** Each JVM says on stderr that it has picked this up. JDK_JAVA_OPTIONS says so too, and a runner's own options are the project's. */
function forJvms(env: Readonly<Record<string, string>>): Record<string, string> {
  const agent = javaAgent();
  if (!agent) return {};
  const option = `-javaagent:${agent}`;
  return { JAVA_TOOL_OPTIONS: join(' ', /\s/.test(option) ? `"${option}"` : option, env.JAVA_TOOL_OPTIONS) };
}

/** In dist; in a source tree where scripts/dev/java.mjs has built it, else undefined: that takes a JDK. */
function javaAgent(): string | undefined {
  const folders = [runtimeFile('runners'), path.join(packageRoot(), 'clients/java/target')];
  return folders.map((folder) => path.join(folder, 'seatrial-junit-agent.jar')).find((file) => fs.existsSync(file));
}

/** Flags that come later win: those of the user over ours. A variable hides what `go env -w` has written into a file, so that is put in. */
function forGo(env: Readonly<Record<string, string>>): Record<string, string> {
  const flag = `-exec=${runtimeFile('runners/go-exec.sh')}`;
  if (/\s/.test(flag)) return {}; // Go before 1.22 cannot read it
  return { GOFLAGS: join(' ', flag, env.GOFLAGS || goSetting('GOFLAGS', env)), SEATRIAL_NODE: process.execPath };
}

function goSetting(name: string, env: Readonly<Record<string, string>>): string | undefined {
  const home = env.HOME ?? '';
  const folder = process.platform === 'darwin' ? path.join(home, 'Library/Application Support') : path.join(home, '.config');
  const file = env.GOENV || path.join(env.XDG_CONFIG_HOME || folder, 'go/env');
  try {
    const lines = path.isAbsolute(file) ? fs.readFileSync(file, 'utf8').split(/\r?\n/) : []; // GOENV=off: none
    return lines.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1);
  } catch {
    return undefined;
  }
}

/** `clients/python/src` of the package. */
function pythonClient(): string {
  const folder = path.join(packageRoot(), 'clients/python/src');
  if (!fs.existsSync(folder)) throw new Error(`the package is incomplete: ${folder} is missing`);
  return folder;
}

function join(separator: string, first: string, second: string | undefined): string {
  return second ? `${first}${separator}${second}` : first;
}
