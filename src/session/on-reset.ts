import type { OnReset } from '../core/config.ts';
import { SeatrialError } from '../errors.ts';
import { runCommand } from '../util/platform/run-command.ts';

/** An app that answers later than this would hold up every test. */
const WITHIN_MS = 5000;

/** Tells the app that the state of a lease has gone back. Fails when it could not be told: its memory would lie to the next test. */
export async function callOnReset(
  hook: OnReset,
  lease: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const signal = AbortSignal.timeout(WITHIN_MS);
  const what = 'url' in hook ? hook.url : hook.argv.join(' ');
  const why = await ('url' in hook ? post(hook.url, lease, signal) : execute(hook.argv, hook.cwd, env, signal)).catch(
    (error: Error) => (signal.aborted ? `no end within ${WITHIN_MS / 1000} s` : String(error.cause ?? error.message)),
  );
  if (why)
    throw new SeatrialError('SEATRIAL_RESET_FAILED', `onReset, ${what}: ${why}`, {
      hint: 'the app must be up when the first test ends; see `test.onReset` in the configuration reference',
      details: { lease },
    });
}

async function post(url: string, lease: string, signal: AbortSignal): Promise<string | undefined> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ lease }), signal });
  await answer.arrayBuffer();
  return answer.ok ? undefined : `it answered ${answer.status}`;
}

async function execute(
  [file = '', ...args]: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { exitCode, stderr } = await runCommand(file, args, { cwd, env, signal });
  return exitCode === 0 ? undefined : `it ended with ${exitCode}: ${stderr.trim().slice(-500)}`;
}
