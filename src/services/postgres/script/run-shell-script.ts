import fs from 'node:fs';
import path from 'node:path';
import { SeatrialError } from '../../../errors.ts';
import { runCommand } from '../../../util/platform/run-command.ts';
import type { Target } from '../connect.ts';
import { toEnvironment, toFields } from '../fields.ts';
import type { ScriptContext } from './script-run.ts';

/** Runs a `.sh` of the init folder by bash, with the environment in which the official image would, and PG* variables that lead psql to our server. */
export async function runShellScript(target: Target, file: string, { log, signal }: ScriptContext): Promise<void> {
  const needed = ['bash', ...(/\bpsql\b/.test(fs.readFileSync(file, 'utf8')) ? ['psql'] : [])];
  const missing = needed.filter((name) => !isOnPath(name));
  if (missing.length > 0)
    throw new SeatrialError(
      'SEATRIAL_SCRIPT_FAILED',
      `${file} needs ${missing.join(' and ')}, which this machine does not have`,
      {
        hint: 'install it (psql comes with the PostgreSQL client package), or write the script as .sql',
        details: { file, missing },
      },
    );
  const output: string[] = [];
  const result = await runCommand('bash', [file], {
    cwd: path.dirname(file),
    env: { ...process.env, ...toEnvironment(toFields(target)), PGSERVICE: undefined, PGOPTIONS: undefined },
    signal,
    onLine(line) {
      output.push(line);
      log(line);
    },
  });
  if (result.exitCode === 0) return;
  const how = result.signal ?? `exit code ${result.exitCode}`;
  throw new SeatrialError(
    'SEATRIAL_SCRIPT_FAILED',
    `${file} failed with ${how}${output
      .slice(-20)
      .map((line) => `\n  ${line}`)
      .join('')}`,
    {
      hint: 'run it by itself with the environment of `seatrial services start` to find out more',
      details: { file, exitCode: result.exitCode, signal: result.signal, output: output.slice(-100) },
    },
  );
}

function isOnPath(name: string): boolean {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  return folders.some((folder) => fs.existsSync(path.join(folder, name)));
}
