import { isProcessAlive, type ProcessIdentity } from './process-identity.ts';

/** Sends a signal to exactly this process; false when it is gone already. */
export function sendSignal(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isProcessAlive(identity)) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Waits until all are gone, at most `timeoutMs`; answers those that still live. Polls: a process that is not our child sends no event. */
export async function waitUntilGone(identities: readonly ProcessIdentity[], timeoutMs: number): Promise<ProcessIdentity[]> {
  const deadline = performance.now() + timeoutMs;
  let alive = identities.filter(isProcessAlive);
  for (let pauseMs = 1; alive.length > 0 && performance.now() < deadline; pauseMs = Math.min(pauseMs * 2, 20)) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    alive = alive.filter(isProcessAlive);
  }
  return alive;
}

/** Ends processes: `signal`, up to `graceMs` to comply, then SIGKILL. Answers those that survived even that (in uninterruptible sleep). */
export async function endProcesses(
  identities: readonly ProcessIdentity[],
  options: { readonly signal: NodeJS.Signals; readonly graceMs: number },
): Promise<ProcessIdentity[]> {
  for (const identity of identities) sendSignal(identity, options.signal);
  const stubborn = await waitUntilGone(identities, options.graceMs);
  for (const identity of stubborn) sendSignal(identity, 'SIGKILL');
  return waitUntilGone(stubborn, 2000);
}
