import fs from 'node:fs';
import path from 'node:path';
import { SeatrialError } from '../../errors.ts';
import { runCommand } from './run-command.ts';

export interface ShellScript {
  readonly file: string;
  /** The programs that it calls, beside bash. */
  readonly programs: readonly string[];
  /** What to do when one is missing. */
  readonly hint: string;
  /** Beside this process's own; undefined takes a name away. */
  readonly env: Readonly<Record<string, string | undefined>>;
  log(line: string): void;
  readonly signal: AbortSignal;
}

/** Runs a `.sh` of an init folder by bash, in its folder. Fails with SEATRIAL_SCRIPT_FAILED and its last lines. */
export async function runShellScript({ file, programs, hint, env, log, signal }: ShellScript): Promise<void> {
  const missing = ['bash', ...programs].filter((name) => !isOnPath(name));
  if (missing.length > 0)
    throw new SeatrialError(
      'SEATRIAL_SCRIPT_FAILED',
      `${file} needs ${missing.join(' and ')}, which this machine does not have`,
      { hint, details: { file, missing } },
    );
  const output: string[] = [];
  const result = await runCommand('bash', [file], {
    cwd: path.dirname(file),
    env: { ...process.env, ...env },
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
