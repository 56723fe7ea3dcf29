import fs from 'node:fs';
import path from 'node:path';
import { SeatrialError } from '../../../errors.ts';
import { runCommand } from '../../../util/platform/run-command.ts';
import type { ScriptContext } from './run-script.ts';

/**
 * Runs a `.sh` of the init folder by bash, with the variables that it would find in the official image, and those that lead the command line
 * client to our server.
 */
export async function runShellScript(
  file: string,
  env: Readonly<Record<string, string>>,
  { log, signal }: ScriptContext,
): Promise<void> {
  const clients = [...new Set(fs.readFileSync(file, 'utf8').match(/\b(?:mysql|mariadb)(?=\s+-)/g))];
  const missing = ['bash', ...clients].filter((name) => !isOnPath(name));
  if (missing.length > 0)
    throw new SeatrialError(
      'SEATRIAL_SCRIPT_FAILED',
      `${file} needs ${missing.join(' and ')}, which this machine does not have`,
      { hint: 'install it, or write the script as .sql', details: { file, missing } },
    );
  const output: string[] = [];
  const result = await runCommand('bash', [file], {
    cwd: path.dirname(file),
    env: { ...process.env, ...env, MYSQL_UNIX_PORT: undefined },
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
