import { createControlClient } from '../../control/client.ts';
import { toControlEnvironment } from '../../control/environment.ts';
import type { ResolvedConfig } from '../../core/config.ts';
import { atLeastWorker } from '../../core/isolation.ts';
import { ensureServices } from '../ensure-services.ts';
import { readConfig, requireServices, type ServiceFlags, workFolder } from '../options.ts';
import { printExports } from '../print-exports.ts';
import { openRun } from '../run-context.ts';
import { createRunReport } from '../run-report.ts';
import { listenForStop } from '../stop-signals.ts';

export interface EnvFlags extends ServiceFlags {
  readonly hold?: boolean;
}

/** A session that nobody has asked for by name ends soon after its last use. */
const IDLE_MS = 10 * 60_000;

/**
 * `seatrial env`: what `run` would put into the environment, for runners that are started without it: an IDE's button, a bare `pytest`. The
 * project's warm session is used, or started. With `--hold` services of its own, which end with the standard input.
 */
export async function printEnvironment(flags: EnvFlags): Promise<void> {
  const config = await readConfig(flags);
  requireServices(config);
  using stop = listenForStop();
  const work = flags.hold ? hold(config, flags, stop.signal) : attach(config, flags, stop.signal);
  await work.catch((error: unknown) => {
    if (!stop.explains()) throw error;
  });
}

async function attach(config: ResolvedConfig, flags: EnvFlags, signal: AbortSignal): Promise<void> {
  const session = await ensureServices(
    config,
    { flags: { ...flags, cwd: workFolder(flags) }, names: [], idleMs: IDLE_MS },
    signal,
  );
  const { env, leased } = await createControlClient(session).env();
  const { isolation } = config.test;
  printExports(
    {
      ...env,
      ...toControlEnvironment({
        session: session.id,
        url: session.url,
        socketPath: session.socketPath,
        token: session.token,
        isolation: atLeastWorker(isolation), // others use this session too
        leasedNames: leased,
      }),
    },
    flags,
  );
}

async function hold(config: ResolvedConfig, flags: EnvFlags, signal: AbortSignal): Promise<void> {
  const report = createRunReport({ quiet: false, json: false });
  try {
    await using context = await openRun({ config, flags: { attach: false }, report, signal });
    printExports(context.injected, flags);
    await new Promise<void>((resolve) => {
      process.stdin.on('end', resolve).on('error', () => resolve());
      process.stdin.resume();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    process.stdin.destroy();
    report.close();
  }
}
