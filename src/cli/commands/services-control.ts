import { builtin } from '../../builtin.ts';
import { createControlClient } from '../../control/client.ts';
import type { ServiceStatus } from '../../control/session-door.ts';
import { SeatrialError } from '../../errors.ts';
import { findServicesSession, type LivingSession, listLivingSessions } from '../../session/session-record.ts';
import { sweepDeadSessions } from '../../session/sweep.ts';
import { formatDuration } from '../../util/format.ts';
import { waitUntilGone } from '../../util/platform/end-process.ts';
import { identityOf } from '../../util/platform/process-identity.ts';
import { renderTable } from '../../util/table.ts';
import { workFolder } from '../options.ts';

export interface ControlFlags {
  readonly cwd?: string;
  readonly config?: string;
  readonly json?: boolean;
}

/** `seatrial services stop [NAME...]`: with no name the session ends; resolves when nothing of it is left. */
export async function stop(names: readonly string[], flags: ControlFlags): Promise<void> {
  await sweepDeadSessions(builtin);
  const session = await projectSession(flags);
  const client = createControlClient(session);
  const running = await client.services();
  const wanted = names.length > 0 ? names : running.map(({ name }) => name);
  if (running.every(({ name }) => wanted.includes(name))) {
    const keeper = identityOf(session.pid);
    await client.stopSession();
    if (keeper) await waitUntilGone([keeper], 5000);
  } else for (const name of wanted) await client.stopService(name);
  say(flags, { stopped: wanted }, `stopped ${wanted.join(', ')}`);
}

export async function restart(names: readonly string[], flags: ControlFlags): Promise<void> {
  const client = createControlClient(await projectSession(flags));
  const wanted = names.length > 0 ? names : (await client.services()).map(({ name }) => name);
  for (const name of wanted) await client.restartService(name);
  say(flags, { restarted: wanted }, `restarted ${wanted.join(', ')}`);
}

/** `seatrial services status [NAME...]`: exit code 1 when nothing is started or something has died. */
export async function status(names: readonly string[], flags: ControlFlags): Promise<void> {
  await sweepDeadSessions(builtin);
  const session = await projectSession(flags).catch(() => undefined);
  const runs = listLivingSessions().filter(({ mode }) => mode === 'run').length;
  if (!session) {
    process.exitCode = 1;
    return say(
      flags,
      { services: [], runs },
      `no services are started for this project${runs > 0 ? `; ${runs} runs have their own` : ''}`,
    );
  }
  const state = await createControlClient(session).status();
  const services = state.services.filter(({ name }) => names.length === 0 || names.includes(name));
  if (services.some(({ state }) => state === 'died')) process.exitCode = 1;
  say(
    flags,
    { session: session.id, pid: session.pid, idleMs: session.idleMs, leases: state.leases, services },
    `${renderTable(['NAME', 'SERVICE', 'DRIVER', 'PORT', 'HEALTH', 'AGE'], services.map(toRow))}\n${state.leases.length} leases; ends when unused for ${formatDuration(session.idleMs)}`,
  );
}

function toRow({ name, product, driver, port, state, startedAt }: ServiceStatus): string[] {
  return [name, product, driver, String(port ?? ''), state, startedAt === null ? '' : formatDuration(Date.now() - startedAt)];
}

/** The session of the project around the working folder: the nearest one upward that has started services. */
export async function projectSession(flags: ControlFlags): Promise<LivingSession> {
  const from = workFolder(flags);
  for (let folder = from; ; folder = parentOf(folder)) {
    const session = findServicesSession(folder);
    if (session) return session;
    if (parentOf(folder) === folder) break;
  }
  throw new SeatrialError('SEATRIAL_SESSION_NOT_FOUND', `no services are started for the project in ${from}`, {
    hint: '`seatrial services start` starts them',
  });
}

function parentOf(folder: string): string {
  return folder.slice(0, Math.max(1, folder.lastIndexOf('/')));
}

function say({ json }: ControlFlags, value: unknown, text: string): void {
  process.stdout.write(json ? `${JSON.stringify(value)}\n` : `${text}\n`);
}
