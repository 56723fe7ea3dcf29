import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { injectPlugins } from '../../src/cli/injection.ts';
import { toControlEnvironment } from '../../src/control/environment.ts';
import { runCommand } from '../../src/util/platform/run-command.ts';
import { MAIN_ENV } from '../control/memory-door.ts';
import { type OpenControl, TOKEN } from '../control/open-control.ts';

export const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));

/** The environment that `run --isolation worker` gives its command, over what this process has. */
export function commandEnv(
  { server }: OpenControl,
  extra: Readonly<Record<string, string>> = {},
  mainLease?: string,
): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|JEST_|TEST$|NODE_ENV$|NODE_OPTIONS$|SEATRIAL_|PYTEST|PYTHON)/.test(name),
  );
  const env = { ...(Object.fromEntries(inherited) as Record<string, string>), ...MAIN_ENV, ...extra };
  const control = { session: 's1', url: server.url, socketPath: server.socketPath, token: TOKEN, isolation: 'worker' } as const;
  return {
    ...env,
    ...toControlEnvironment({ ...control, mainLease, leasedNames: ['DATABASE_URL', 'PGDATABASE'] }),
    ...injectPlugins(env),
  };
}

/** Writes a project of a few files beside the control server's socket. */
export function writeProject({ folder }: OpenControl, files: Readonly<Record<string, string>>): string {
  const root = path.join(folder, 'project');
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), text);
  }
  return root;
}

/** Runs a program in the project; fails with its output when the exit code is not the one expected. */
export async function runIn(
  cwd: string,
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  exitCode = 0,
): Promise<string> {
  const result = await runCommand(file, args, { cwd, env, signal: AbortSignal.timeout(60_000) });
  const output = result.stdout + result.stderr;
  if (result.exitCode !== exitCode)
    throw new Error(`exit code ${result.exitCode ?? result.signal} of ${file} ${args.join(' ')}:\n${output}`);
  return output;
}

/** What the tests of a project have written into `seen/`, by file name. */
export function readSeen(root: string): Record<string, Record<string, string>> {
  const folder = path.join(root, 'seen');
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
  return Object.fromEntries(names.map((name) => [name, JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'))]));
}
