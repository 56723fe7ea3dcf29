import { builtin } from '../../builtin.ts';
import { createControlClient } from '../../control/client.ts';
import { SeatrialError } from '../../errors.ts';
import { sweepDeadSessions } from '../../session/sweep.ts';
import { ensureServices } from '../ensure-services.ts';
import { readConfig, requireServices, type ServiceFlags, workFolder } from '../options.ts';
import { printExports } from '../print-exports.ts';
import { listenForStop } from '../stop-signals.ts';

export interface StartFlags extends ServiceFlags {
  readonly fresh?: boolean;
}

/** `seatrial services start`: prints `export` lines on stdout, so that `eval "$(seatrial services start)"` works; all else goes to stderr. */
export async function startServices(names: readonly string[], flags: StartFlags): Promise<void> {
  await sweepDeadSessions(builtin);
  const config = await readConfig(flags);
  for (const name of names) {
    if (config.services.some((service) => service.name === name)) continue;
    throw new SeatrialError('SEATRIAL_SERVICE_NOT_FOUND', `no service is called ${name}`, {
      hint: `there are: ${config.services.map((service) => service.name).join(', ') || 'none'}`,
    });
  }
  requireServices(config);
  using stop = listenForStop();
  const session = await ensureServices(config, { flags: { ...flags, cwd: workFolder(flags) }, names }, stop.signal).catch(
    (error: unknown) => {
      if (!stop.explains()) throw error;
    },
  );
  if (!session) return;
  if (session.known)
    process.stderr.write('seatrial: the services of this project are started already; `seatrial services status` shows them\n');
  const { env } = await createControlClient(session).env();
  printExports(env, flags);
}
