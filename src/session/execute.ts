import { constants } from 'node:os';
import { startCanary } from '../util/platform/canary.ts';
import { endProcesses, sendSignal } from '../util/platform/end-process.ts';
import { identityOf, type ProcessIdentity } from '../util/platform/process-identity.ts';
import { commandLine, listProcesses } from '../util/platform/process-table.ts';
import type { CommandSpec } from '../util/platform/spawn-command.ts';
import { spawnCommand } from '../util/platform/spawn-command.ts';
import { commandTree, leftDaemons } from './end-session.ts';

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
  const canary = startCanary();
  const command = await spawnCommand(spec).catch((error: unknown) => {
    canary[Symbol.dispose]();
    throw error;
  });
  const identity = identityOf(command.pid) ?? { pid: command.pid, startTime: 'gone' };
  options.onStart(identity);

  const endTree = async () =>
    endProcesses(commandTree(options.sessionId, [identity], listProcesses()), { signal: 'SIGKILL', graceMs: 0 });
  const lastAt = new Map<string, number>();
  let stops = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    const now = performance.now();
    const isEcho = now - (lastAt.get(signal) ?? Number.NEGATIVE_INFINITY) < SAME_SIGNAL_MS;
    lastAt.set(signal, now);
    if (isEcho) return;
    if (signal === 'SIGINT' || signal === 'SIGTERM') stops++;
    if (stops >= 2) {
      options.onImpatience();
      void endTree();
      return;
    }
    void canary.groupGotIt().then((got) => {
      if (!got) sendSignal(identity, signal);
    });
  };
  for (const signal of FORWARDED) process.on(signal, onSignal);
  try {
    const { exitCode, signal } = await command.ended;
    const rest = commandTree(options.sessionId, [], listProcesses());
    const ended = rest.map(({ pid }) => `${pid} ${commandLine(pid)}`);
    await endProcesses(rest, { signal: 'SIGTERM', graceMs: 250 });
    return {
      exitCode: exitCode ?? 128 + signalNumber(signal),
      signal,
      ended,
      left: leftDaemons(options.sessionId).map(({ pid }) => `${pid} ${commandLine(pid)}`),
    };
  } finally {
    for (const signal of FORWARDED) process.off(signal, onSignal);
    canary[Symbol.dispose]();
  }
}

export function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : (constants.signals[signal] ?? 0);
}
