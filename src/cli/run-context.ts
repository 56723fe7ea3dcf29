import path from 'node:path';
import { builtin } from '../builtin.ts';
import type { ControlEnvironment } from '../control/environment.ts';
import { toControlEnvironment } from '../control/environment.ts';
import type { CommandStatus } from '../control/session-door.ts';
import type { ResolvedConfig } from '../core/config.ts';
import type { Plan } from '../core/plan.ts';
import { redact, SeatrialError } from '../errors.ts';
import { createEventStream, type EventStream } from '../observe/event-stream.ts';
import { RUN_TAG } from '../session/command-processes.ts';
import { fillTemplates } from '../session/compose-env.ts';
import { lockEnvFiles } from '../session/env-file-locks.ts';
import { writeEnvFiles } from '../session/env-files.ts';
import { openSession, type Session } from '../session/session.ts';
import { sweepDeadSessions } from '../session/sweep.ts';
import { type CleanUpStack, createCleanUpStack } from '../util/clean-up-stack.ts';
import { programFile } from '../util/package-files.ts';
import type { ProcessIdentity } from '../util/platform/process-identity.ts';
import { projectPath } from '../util/tool-path.ts';
import { describe } from './exit.ts';
import { injectPlugins } from './injection.ts';
import { adviceFor, planFor, titlesOf } from './plan-for.ts';
import type { RunReport } from './run-report.ts';
import type { RunResults } from './run-results.ts';
import { untilStopped } from './stop-signals.ts';
import { findWarmServices } from './warm-services.ts';
import { countWorkers } from './worker-count.ts';

export interface RunContext extends AsyncDisposable {
  readonly config: ResolvedConfig;
  /** Tag of the command's process tree. */
  readonly sessionId: string;
  /** What we add to the command's environment. */
  readonly injected: Readonly<Record<string, string>>;
  /** The command's whole environment. */
  readonly env: Readonly<Record<string, string>>;
  onCommand(argv: readonly string[], identity: ProcessIdentity): void;
  onCommandEnded(exitCode: number, ms: number): void;
  /** Present when test workers may tell of their tests. */
  readonly results: RunResults | undefined;
  /** With `keepFailed`, when there is something to keep: until the user ends it. */
  keepUntilStopped(): Promise<void>;
  /** What is wrong although the command has ended: reasons to fail the run. Says on the way how many workers took a lease. */
  verdict(options: { readonly requireLeases: boolean }): Promise<SeatrialError | undefined>;
}

export interface OpenRunOptions {
  readonly config: ResolvedConfig;
  readonly flags: {
    readonly fresh?: boolean;
    readonly keep?: boolean;
    readonly keepFailed?: boolean;
    readonly attach?: boolean;
    readonly report?: string;
  };
  readonly report: RunReport;
  readonly signal: AbortSignal;
}

/**
 * Everything that a command needs, whatever serves it: services that are started for it, those that `services start` keeps warm, or those
 * of the run that this one is inside of.
 */
export async function openRun({ config, flags, report, signal }: OpenRunOptions): Promise<RunContext> {
  const sweeping = sweepDeadSessions(builtin).catch(() => []);
  const events = createEventStream();
  events.subscribe(report);
  for (const note of config.notes) report.line(`${note.text} (${note.origin})`);
  for (const text of await adviceFor(config)) report.line(text);

  const warm = await findWarmServices({
    config,
    attach: (flags.attach ?? true) && !flags.keepFailed,
    fresh: flags.fresh ?? false,
    report,
    signal,
  });
  await using stack = createCleanUpStack();
  stack.defer(async () => {
    for (const { left } of await sweeping)
      for (const what of left) report.line(`left alone, a daemon of an earlier run: ${what}`);
  });
  let grown = false;
  events.subscribe((event) => {
    if (event.type === 'step.finished' && !event.reused) grown = true;
  });
  stack.defer(async () => {
    if (grown) await (await import('../artifacts/evict.ts')).evict().catch(() => {}); // a cache that can't be trimmed serves as well
  });
  if (warm) stack.use(warm);
  const envFiles = warm?.joined ? [] : config.envFiles; // the outer run has written them
  if (envFiles.length > 0) {
    stack.use(await lockEnvFiles(envFiles, signal));
    await sweeping; // a dead run's files are put back before they are taken for the user's,
    await sweepDeadSessions(builtin).catch(() => []); // also when it died after the first look
  }
  const missing = warm ? config.services.filter(({ name }) => !warm.serves.includes(name)) : config.services;
  const plan = await planFor({ ...config, services: missing, runId: config.runId ?? warm?.joined?.runId });
  for (const note of plan.notes.slice(config.notes.length)) report.line(`${note.text} (${note.origin})`);
  report.setTitles(titlesOf(plan));
  const session = stack.use(await startSession(plan, config, flags, events, signal));
  const commands: CommandStatus[] = [];
  const control = missing.length > 0 || !warm ? await serveControl(session, commands, stack) : warm.control;
  await waitWhileKept(session, report, signal);

  const fields = {
    ...warm?.fields,
    ...Object.fromEntries(session.services().map((service) => [service.name, service.fieldsNow])),
  };
  const values = { ...warm?.env, ...ownValues(session, config, warm?.serves ?? []) };
  const ports = Object.values(fields).map(({ port }) => Number(port));
  const watch =
    config.found.length > 0
      ? stack.use(await (await import('../session/watch-found.ts')).watchFoundAddresses(config.found, session.id, ports))
      : undefined;
  const leasing = config.test.isolation !== 'run';
  const workers = leasing ? countWorkers(warm?.events ?? events, session.id) : undefined;
  const results = leasing
    ? (await import('./run-results.ts')).collectResults(warm?.events ?? events, {
        runId: session.id,
        folder: flags.report === undefined ? undefined : path.resolve(flags.report),
      })
    : undefined;
  let kept = false;
  events.subscribe((event) => {
    if (event.type === 'lease.kept') kept = true;
  });
  const injected: Record<string, string> = {
    ...values,
    ...toControlEnvironment({ ...control, isolation: config.test.isolation }),
    [RUN_TAG]: session.id,
    PATH: projectPath(config.test.cwd, { ...process.env, ...values }),
  };
  if (leasing) Object.assign(injected, injectPlugins({ ...definedOnly(process.env), ...values }));
  stack.use(writeEnvFiles(envFiles, values, (templates) => fillTemplates(templates, { config, fields }), session.ledger));

  const owned = stack.move();
  return {
    config,
    sessionId: session.id,
    injected,
    env: { ...definedOnly(process.env), ...injected },
    onCommand: (argv, identity) => {
      session.ledger.write({
        op: 'own',
        id: 'command',
        thing: { kind: 'command', name: path.basename(argv[0] as string), ...identity },
      });
      commands.push({ argv: argv.map(redact), pid: identity.pid, startedAt: Date.now() });
      workers?.onCommand(argv, identity.pid, injected);
      events.emit({ type: 'command.started', argv: argv.map(redact), pid: identity.pid });
    },
    onCommandEnded: (exitCode, ms) => {
      session.ledger.write({ op: 'gone', id: 'command' });
      commands.length = 0;
      events.emit({ type: 'command.ended', exitCode, ms });
    },
    results,
    keepUntilStopped: async () => {
      if (!kept) return;
      report.insist('the services stay for the states that were kept: press Ctrl-C to end them');
      await untilStopped();
    },
    verdict: async ({ requireLeases }) => {
      const seen = watch?.verdict();
      for (const warning of seen?.warnings ?? []) report.line(`warning: ${warning}`);
      return seen?.failure ?? deathOf(session) ?? workers?.verdict(report, requireLeases);
    },
    [Symbol.asyncDispose]: async () => owned[Symbol.asyncDispose](),
  };
}

/** What the session sets, but for the ecosystem's names of a kind whose first service is not its own. */
function ownValues(session: Session, config: ResolvedConfig, servedByOthers: readonly string[]): Record<string, string> {
  const values = { ...session.mainEnv() };
  for (const { planned, fieldsNow } of session.services()) {
    const first = config.services.find(({ kind }) => kind === planned.config.kind);
    if (!first || !servedByOthers.includes(first.name)) continue;
    for (const name of Object.keys(planned.configured.env(fieldsNow))) if (!Object.hasOwn(config.env, name)) delete values[name];
  }
  return values;
}

async function startSession(
  plan: Plan,
  config: ResolvedConfig,
  flags: OpenRunOptions['flags'],
  events: EventStream,
  signal: AbortSignal,
): Promise<Session> {
  const { isolation } = config.test;
  const leasing = isolation !== 'run';
  return openSession({
    plan,
    registry: builtin,
    watchdogProgram: programFile('cli/watchdog'),
    isolation,
    leasing,
    spareLease: leasing, // made while the runner starts
    fresh: flags.fresh ?? false,
    keep: flags.keep ?? false,
    keepFailed: flags.keepFailed ?? false,
    signal,
    events,
  });
}

/** Ends with `stack`. */
async function serveControl(
  session: Session,
  commands: readonly CommandStatus[],
  stack: CleanUpStack,
): Promise<ControlEnvironment> {
  const { serveSession } = await import('./serve-session.ts');
  const { url, socketPath, token } = stack.use(
    await serveSession(session, {
      mode: 'run',
      idleMs: 0,
      commands: () => commands,
      onUse: () => {},
      stop: async () => {
        throw new SeatrialError('SEATRIAL_CONTROL_REJECTED', 'the session of a run ends with its command', {
          hint: 'end the command instead',
        });
      },
    }),
  );
  return { session: session.id, url, socketPath, token, isolation: session.isolation, leasedNames: session.leasedNames() };
}

/** A command can end well without having noticed that what it was tested against is gone. */
function deathOf(session: Session): SeatrialError | undefined {
  const dead = session.services().find(({ death }) => death);
  if (!dead?.death) return undefined;
  const { exitCode, signal } = dead.death;
  return new SeatrialError(
    'SEATRIAL_SERVICE_DIED',
    `${dead.name} died (${signal ?? `exit code ${exitCode}`}) while the command ran`,
    {
      hint: 'its last log lines are above',
      details: { service: dead.name, exitCode, signal },
    },
  );
}

/** With `--keep`: a failed migration is told, and the services stay until the user ends them. */
async function waitWhileKept(session: Session, report: RunReport, signal: AbortSignal): Promise<void> {
  const { failure } = session;
  if (!failure) return;
  if (signal.aborted) throw failure; // an abort is told once only
  report.insist(describe(failure));
  for (const service of session.services()) report.insist(`kept: ${service.name} at ${service.fieldsNow.url}`);
  report.insist('press Ctrl-C to end them');
  await new Promise<void>((resolve) => {
    const alive = setInterval(() => {}, 60_000); // nothing else keeps this process from ending
    signal.addEventListener('abort', () => {
      clearInterval(alive);
      resolve();
    });
  });
  throw failure;
}

export function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
