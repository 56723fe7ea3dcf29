import fs from 'node:fs';
import { runShellScript as runScript } from '../../../util/platform/run-shell-script.ts';
import type { ScriptContext } from './run-script.ts';

/**
 * Runs a `.sh` of the init folder by bash, with the variables that it would find in the official image, and those that lead the command line
 * client to our server.
 */
export function runShellScript(
  file: string,
  env: Readonly<Record<string, string>>,
  { log, signal }: ScriptContext,
): Promise<void> {
  return runScript({
    file,
    programs: [...new Set(fs.readFileSync(file, 'utf8').match(/\b(?:mysql|mariadb)(?=\s+-)/g))],
    hint: 'install it, or write the script as .sql',
    env: { ...env, MYSQL_UNIX_PORT: undefined },
    log,
    signal,
  });
}
