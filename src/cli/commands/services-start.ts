import { builtin } from '../../builtin.ts';
import { createControlClient } from '../../control/client.ts';
import { SeatrialError } from '../../errors.ts';
import { sweepDeadSessions } from '../../session/sweep.ts';
import { quoteWord } from '../../util/words.ts';
import { ensureServices } from '../ensure-services.ts';
import { readConfig, type ServiceFlags, workFolder } from '../options.ts';
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
  if (config.services.length === 0)
    throw new SeatrialError(
      'SEATRIAL_CONFIG_NOT_FOUND',
      `no service is needed by the project in ${config.project.root}, as far as can be seen`,
      { hint: 'name some with --service, e.g. --service postgres@18, or in seatrial.yaml' },
    );
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
  if (flags.json) process.stdout.write(`${JSON.stringify({ env })}\n`);
  else for (const [name, value] of Object.entries(env)) process.stdout.write(`export ${name}=${quoteWord(value)}\n`);
}
