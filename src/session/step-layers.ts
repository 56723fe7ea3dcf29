import fs from 'node:fs';
import path from 'node:path';
import type { Step } from '../core/config.ts';
import type { Endpoint } from '../core/connection.ts';
import type { OnlineLayer } from '../core/launch-spec.ts';
import type { PlannedService } from '../core/plan.ts';
import { SeatrialError } from '../errors.ts';
import { runCommand } from '../util/platform/run-command.ts';
import { quoteWord } from '../util/words.ts';
import { stepInputs } from './step-inputs.ts';

/** How long a golden template is reused at most. */
const MAX_AGE_MS = 24 * 3_600_000;

export interface StepPlan {
  /** Leading steps whose inputs are known: part of the golden template. */
  readonly cached: readonly OnlineLayer[];
  /** The others, from the first whose inputs can't be known: carried out on each start, when all services are ready. */
  readonly always: readonly OnlineLayer[];
}

/** Migrations and seeds of a service as layers on its data. `env` gives the environment of a command for a server at that endpoint. */
export async function planSteps(
  service: PlannedService,
  env: (endpoint: Endpoint) => Readonly<Record<string, string>>,
  projectRoot: string,
): Promise<StepPlan> {
  const layers: OnlineLayer[] = [];
  const anyEndpoint: Endpoint = { host: '127.0.0.1', port: 1, addresses: ['127.0.0.1'] };
  const steps = [...service.config.migrate, ...service.config.seed];
  const environment = steps.some(({ kind }) => kind === 'command') ? env(anyEndpoint) : {}; // the same for each run with the same configuration
  for (const [kind, steps] of [
    ['migrate', service.config.migrate],
    ['seed', service.config.seed],
  ] as const) {
    for (const step of steps) {
      const key = await stepInputs(step, projectRoot, environment);
      layers.push({
        kind: 'online',
        title: `${kind}: ${describe(step)}`,
        key,
        maxAgeMs: MAX_AGE_MS,
        build: (context) => carryOut(step, service, env(context.endpoint), context),
      });
    }
  }
  const firstUnknown = service.configured.ephemeral ? 0 : layers.findIndex(({ key }) => key === undefined);
  return firstUnknown === -1
    ? { cached: layers, always: [] }
    : { cached: layers.slice(0, firstUnknown), always: layers.slice(firstUnknown) };
}

function describe(step: Step): string {
  return step.kind === 'sql' ? path.basename(step.path) : step.argv.map(quoteWord).join(' ');
}

type Context = Parameters<OnlineLayer['build']>[0];

async function carryOut(
  step: Step,
  service: PlannedService,
  env: Readonly<Record<string, string>>,
  context: Context,
): Promise<void> {
  if (step.kind === 'sql') return runScripts(step, service, context);
  const before = step.inferred ? await service.configured.activity?.(context.endpoint) : undefined;
  await runStepCommand(step, service, env, context);
  if (before !== undefined && before === (await service.configured.activity?.(context.endpoint)))
    throw new SeatrialError(
      'SEATRIAL_MIGRATION_MISSED_DATABASE',
      `\`${describe(step)}\` ended well but wrote nothing to ${service.config.name}: it may have worked on another database`,
      {
        hint: `make it read its URL from a variable that Seatrial sets (DATABASE_URL), or name it under \`migrate:\` of ${service.config.name} yourself`,
        details: { service: service.config.name, origin: step.origin },
      },
    );
}

async function runScripts(
  step: Extract<Step, { kind: 'sql' }>,
  { configured, config }: PlannedService,
  context: Context,
): Promise<void> {
  const { runScript } = configured;
  if (!runScript)
    throw new SeatrialError(
      'SEATRIAL_SCRIPT_FAILED',
      `${config.name} (${configured.title}) takes no script files: ${step.path}`,
      { hint: 'use a command instead' },
    );
  for (const file of scriptFiles(step.path))
    await runScript.call(configured, context.endpoint, file, context.log, context.signal);
}

/** The file itself, or the scripts of a folder in name order. */
export function scriptFiles(at: string): string[] {
  if (!fs.statSync(at).isDirectory()) return [at];
  return fs
    .readdirSync(at, { withFileTypes: true })
    .filter(
      (entry) =>
        entry.isFile() &&
        !entry.name.startsWith('.') &&
        !/\.down\.sql$|\.undo\.sql$/i.test(entry.name) &&
        /\.(sql|sql\.gz|redis)$/i.test(entry.name),
    )
    .map((entry) => path.join(at, entry.name))
    .sort();
}

async function runStepCommand(
  step: Extract<Step, { kind: 'command' }>,
  { config }: PlannedService,
  env: Readonly<Record<string, string>>,
  context: Context,
): Promise<void> {
  const [file, ...args] = step.shell ? ['/bin/sh', '-c', step.argv.join(' ')] : step.argv;
  const output: string[] = [];
  const failed = (how: string, cause?: unknown) =>
    new SeatrialError(
      'SEATRIAL_MIGRATION_FAILED',
      `${config.name}: \`${describe(step)}\` (${step.origin}) ${how}${output.length > 0 ? `\n${output.slice(-40).join('\n')}` : ''}`,
      {
        cause,
        details: { service: config.name, command: step.argv, output: output.slice(-200) },
        hint: 'run again with --keep to look at the database that it left',
      },
    );
  try {
    const result = await runCommand(file as string, args, {
      cwd: step.cwd,
      env,
      signal: context.signal,
      onLine: (line) => {
        output.push(line);
        context.log(line);
      },
    });
    if (result.exitCode !== 0) throw failed(`failed with ${result.signal ?? `exit code ${result.exitCode}`}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw failed(`can't be started: ${file} was not found in PATH, .venv/bin or node_modules/.bin`, error);
    throw error;
  }
}
