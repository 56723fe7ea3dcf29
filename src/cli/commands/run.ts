import path from 'node:path';
import type { ResolvedConfig } from '../../core/config.ts';
import { SeatrialError } from '../../errors.ts';
import { formatDuration } from '../../util/format.ts';
import { findProgram, projectPath } from '../../util/tool-path.ts';
import { quoteWord } from '../../util/words.ts';
import type { Round, RoundOptions } from '../check-isolation.ts';
import { describe, failWith, NOT_EXECUTABLE, OWN_FAILURE } from '../exit.ts';
import { readConfig, type ServiceFlags } from '../options.ts';
import { openRun, type RunContext } from '../run-context.ts';
import { createRunReport, type RunReport } from '../run-report.ts';
import { STOP_SIGNALS, stopCode } from '../stop-signals.ts';

export interface RunFlags extends ServiceFlags {
  readonly fresh?: boolean;
  readonly keep?: boolean;
  readonly keepFailed?: boolean;
  readonly checkIsolation?: boolean;
  readonly report?: string;
  readonly attach?: boolean;
  readonly requireLeases?: boolean;
  readonly printEnv?: boolean;
  readonly quiet?: boolean;
}

/** `seatrial run`: config -> plan -> start -> lease -> command -> clean up. Sets the exit code; everything is cleaned up when it resolves. */
export async function run(words: readonly string[], flags: RunFlags): Promise<void> {
  const report = createRunReport({ quiet: flags.quiet ?? false, json: flags.json ?? false });
  const stopping = new AbortController();
  let commandRuns = false; // from then on signals are its affair; we keep listening, so that none is lost and none cuts the clean-up short
  const stop = (signal: NodeJS.Signals) => {
    if (commandRuns) return;
    process.exitCode = stopCode(signal);
    stopping.abort(new Error(`stopped by ${signal}`));
  };
  for (const signal of STOP_SIGNALS) process.on(signal, stop);
  try {
    const config = await readConfig(flags, words.length > 0 ? words : undefined);
    const argv = words.length > 0 ? words : config.test.command;
    if ((!argv || argv.length === 0) && !flags.printEnv)
      throw new SeatrialError('SEATRIAL_COMMAND_MISSING', 'there is no command to run', {
        hint: 'give one after `--`, e.g. `seatrial run -- pytest`, or as `test: { command: ... }` in seatrial.yaml',
      });
    const program = argv && argv.length > 0 ? resolveProgram(argv[0] as string, config) : undefined;
    const round = async ({ config, env, reportFolder }: RoundOptions): Promise<Round> => {
      const { report: _, ...others } = flags;
      const own = reportFolder === undefined ? others : { ...others, report: reportFolder };
      await using context = await openRun({ config, flags: own, report, signal: stopping.signal });
      if (flags.printEnv) {
        printEnv(context, flags);
        return { exitCode: 0, tests: undefined, stopped: false };
      }
      const { executeCommand } = await import('../../session/execute.ts');
      stopping.signal.throwIfAborted();
      commandRuns = true;
      try {
        const command = { program: program as string, argv: argv as readonly string[], env: { ...context.env, ...env } };
        return await runCommand(executeCommand, command, context, flags, report);
      } finally {
        commandRuns = false;
      }
    };
    process.exitCode = flags.checkIsolation
      ? await (await import('../check-isolation.ts')).checkIsolation(config, { reportFolder: flags.report, report, round })
      : (await round({ config, env: {}, reportFolder: flags.report })).exitCode;
  } catch (error) {
    if (stopping.signal.aborted) report.line(String((stopping.signal.reason as Error).message));
    else failWith(error, { json: flags.json ?? false, code: OWN_FAILURE });
  } finally {
    for (const signal of STOP_SIGNALS) process.off(signal, stop);
    report.close();
  }
}

async function runCommand(
  executeCommand: typeof import('../../session/execute.ts').executeCommand,
  {
    program,
    argv,
    env,
  }: { readonly program: string; readonly argv: readonly string[]; readonly env: Readonly<Record<string, string>> },
  context: RunContext,
  flags: RunFlags,
  report: RunReport,
): Promise<Round> {
  const startedAt = performance.now();
  const cwd = context.config.test.cwd;
  const outcome = await executeCommand(
    { file: program, argv, cwd, env },
    {
      sessionId: context.sessionId,
      onStart: (identity) => context.onCommand(argv, identity),
      onImpatience: () => report.line('second signal: ending the command now'),
    },
  ).catch((error: NodeJS.ErrnoException) => {
    if (!['EACCES', 'ENOEXEC', 'ENOENT'].includes(error.code ?? '')) throw error;
    const why = error.code === 'ENOENT' ? `the interpreter in its first line, or the folder ${cwd}, is not there` : error.message;
    process.stderr.write(`seatrial: ${program} can't be executed: ${why}\n`);
    return undefined;
  });
  if (!outcome) return { exitCode: NOT_EXECUTABLE, tests: undefined, stopped: true };
  const ms = performance.now() - startedAt;
  context.onCommandEnded(outcome.exitCode, ms);
  report.line(
    `${quoteWord(path.basename(argv[0] as string))} ended with ${outcome.signal ?? outcome.exitCode} after ${formatDuration(ms)}`,
  );
  const tests = await context.results?.finish(report, {
    project: context.config.project.name,
    command: argv.map(quoteWord).join(' '),
    isolation: context.config.test.isolation,
    startedAt: Date.now() - ms,
    ms,
    exitCode: outcome.exitCode,
  });
  for (const what of outcome.ended) report.line(`ended what it left running: ${what}`);
  for (const what of outcome.left) report.line(`left alone, a daemon that it started: ${what}`);
  const failure = await context.verdict({ requireLeases: flags.requireLeases ?? false });
  if (failure) process.stderr.write(`${describe(failure)}\n`);
  await context.keepUntilStopped();
  return {
    exitCode: failure && outcome.exitCode === 0 ? OWN_FAILURE : outcome.exitCode,
    tests,
    stopped: outcome.signal !== null || outcome.exitCode > 128,
  };
}

function resolveProgram(name: string, { env, test: { cwd } }: ResolvedConfig): string {
  const searchPath = projectPath(cwd, env.PATH === undefined ? process.env : { ...process.env, PATH: env.PATH });
  const program = findProgram(name, searchPath, cwd);
  if (program) return program;
  throw new SeatrialError('SEATRIAL_COMMAND_NOT_FOUND', `command not found: ${name}`, {
    hint: name.includes('/')
      ? `there is no such executable file below ${cwd}`
      : 'it is neither in node_modules/.bin, .venv/bin nor PATH: install it, or activate its environment',
    details: { command: name, cwd },
  });
}

function printEnv(context: RunContext, flags: RunFlags): void {
  if (flags.json) process.stdout.write(`${JSON.stringify(context.injected)}\n`);
  else for (const [name, value] of Object.entries(context.injected)) process.stdout.write(`${name}=${quoteWord(value)}\n`);
}
