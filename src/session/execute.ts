import { constants } from 'node:os';
import { startCanary } from '../util/platform/canary.ts';
import { endProcesses, sendSignal } from '../util/platform/end-process.ts';
import { identityOf, type ProcessIdentity } from '../util/platform/process-identity.ts';
import { commandLine } from '../util/platform/process-table.ts';
import type { CommandSpec, SpawnedCommand } from '../util/platform/spawn-command.ts';
import { spawnCommand } from '../util/platform/spawn-command.ts';
import { findCommandProcesses } from './command-processes.ts';

export interface CommandOutcome {
  /** The command's own, or 128 + n when signal n ended it. */
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | null;
  /** Processes of the command that were still there when it ended, and were ended. */
  readonly ended: readonly string[];
  /** Daemons that it left on purpose; not touched. */
  readonly left: readonly string[];
}

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
/** `timeout` sends its signal to the process and to the group: within this time two are one. */
const SAME_SIGNAL_MS = 150;

/**
 * Runs the user's command in our own process group, with our terminal: it reads the keyboard and gets Ctrl-C as if Seatrial were not there.
 * Each signal reaches it exactly once: one that only we got is forwarded. The second SIGINT or SIGTERM ends its tree at once.
 */
export async function executeCommand(
  spec: CommandSpec,
  options: { readonly sessionId: string; onStart(identity: ProcessIdentity): void; onImpatience(): void },
): Promise<CommandOutcome> {
  let stops = 0;
  const lastAt = new Map<string, number>();
  const onSignal = (signal: NodeJS.Signals) => {
    const now = performance.now();
    const isEcho = now - (lastAt.get(signal) ?? Number.NEGATIVE_INFINITY) < SAME_SIGNAL_MS;
    lastAt.set(signal, now);
    if (isEcho) return;
    if (signal === 'SIGINT' || signal === 'SIGTERM') stops++;
    if (stops >= 2) {
      options.onImpatience();
      void starting.then(endTree, () => {});
      return;
    }
    void Promise.all([starting, canary.groupGotIt()]).then(
      ([{ identity }, got]) => !got && sendSignal(identity, signal),
      () => {},
    );
  };
  const endTree = async ({ identity }: Running) =>
    endProcesses(findCommandProcesses(options.sessionId, [identity]).tree, { signal: 'SIGKILL', graceMs: 0 });

  for (const signal of FORWARDED) process.on(signal, onSignal); // first, so that no signal finds us without
  const canary = startCanary();
  canary.renewIfHit();
  const starting: Promise<Running> = spawnCommand(spec).then(({ pid, ended }) => ({
    ended,
    identity: identityOf(pid) ?? { pid, startTime: 'gone' },
  }));
  try {
    const command = await starting;
    options.onStart(command.identity);
    const { exitCode, signal } = await command.ended;
    const { tree, daemons } = findCommandProcesses(options.sessionId);
    const ended = tree.map(({ pid }) => `${pid} ${commandLine(pid)}`);
    await endProcesses(tree, { signal: 'SIGTERM', graceMs: 250 });
    return {
      exitCode: exitCode ?? 128 + signalNumber(signal),
      signal,
      ended,
      left: daemons.map(({ pid }) => `${pid} ${commandLine(pid)}`),
    };
  } finally {
    for (const signal of FORWARDED) process.off(signal, onSignal);
    canary[Symbol.dispose]();
  }
}

interface Running {
  readonly identity: ProcessIdentity;
  readonly ended: SpawnedCommand['ended'];
}

export function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : (constants.signals[signal] ?? 0);
}
