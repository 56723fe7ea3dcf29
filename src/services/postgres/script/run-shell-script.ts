import fs from 'node:fs';
import { runShellScript as runScript } from '../../../util/platform/run-shell-script.ts';
import type { Target } from '../connect.ts';
import { toEnvironment, toFields } from '../fields.ts';
import type { ScriptContext } from './script-run.ts';

/** Runs a `.sh` of the init folder by bash, with the environment in which the official image would, and PG* variables that lead psql to our server. */
export function runShellScript(target: Target, file: string, { log, signal }: ScriptContext): Promise<void> {
  return runScript({
    file,
    programs: /\bpsql\b/.test(fs.readFileSync(file, 'utf8')) ? ['psql'] : [],
    hint: 'install it (psql comes with the PostgreSQL client package), or write the script as .sql',
    env: { ...toEnvironment(toFields(target)), PGSERVICE: undefined, PGOPTIONS: undefined },
    log,
    signal,
  });
}
