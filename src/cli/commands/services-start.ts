import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { builtin } from '../../builtin.ts';
import { createControlClient } from '../../control/client.ts';
import { type ErrorCode, SeatrialError } from '../../errors.ts';
import { createConsoleReporter } from '../../report/console-reporter.ts';
import { findServicesSession } from '../../session/session-record.ts';
import { sweepDeadSessions } from '../../session/sweep.ts';
import { withLock } from '../../util/lock.ts';
import { programFile } from '../../util/package-files.ts';
import { runtimeDir } from '../../util/platform/folders.ts';
import { spawnDaemon } from '../../util/platform/spawn-daemon.ts';
import { quoteWord } from '../../util/words.ts';
import { readConfig, type ServiceFlags, workFolder } from '../options.ts';
import type { ServeMessage, ServeRequest } from '../serve.ts';
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
  const lock = path.join(
    runtimeDir(),
    'locks',
    `services-${crypto.createHash('sha256').update(config.project.root).digest('hex').slice(0, 16)}`,
  );
  using stop = listenForStop();
  const env = await withLock(lock, { timeoutMs: 600_000, signal: stop.signal }, () =>
    startOnce(config.project.root, { flags: { ...flags, cwd: workFolder(flags) }, names }, stop.signal),
  ).catch((error: unknown) => {
    if (!stop.explains()) throw error;
  });
  if (!env) return;
  if (flags.json) process.stdout.write(`${JSON.stringify({ env })}\n`);
  else for (const [name, value] of Object.entries(env)) process.stdout.write(`export ${name}=${quoteWord(value)}\n`);
}

/** Two starts at once: the second finds what the first has started. */
async function startOnce(
  root: string,
  request: Omit<ServeRequest, 'errorFile'>,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const running = findServicesSession(root);
  if (running) {
    process.stderr.write('seatrial: the services of this project are started already; `seatrial services status` shows them\n');
    return createControlClient(running).env();
  }
  let env: Readonly<Record<string, string>> = {};
  let failure: SeatrialError | undefined;
  let report = createConsoleReporter({ quiet: false, titles: {} });
  const errorFile = path.join(runtimeDir(), `start-${crypto.randomUUID()}.log`);
  await spawnDaemon<ServeMessage>(programFile('cli/serve'), {
    request: { ...request, errorFile },
    errorFile,
    cwd: root,
    signal,
    onMessage: (message) => {
      if (message.type === 'titles') report = createConsoleReporter({ quiet: false, titles: message.titles });
      else if (message.type === 'event') report(message.event);
      else if (message.type === 'ready') env = message.env;
      else {
        const { code, message: text, hint, details } = message.error;
        failure = new SeatrialError(code as ErrorCode, text, { details, ...(hint ? { hint } : {}) });
      }
      return message.type === 'ready' || message.type === 'failed' ? 'done' : 'go on';
    },
  }).finally(() => fs.rmSync(errorFile, { force: true })); // there still when no session came of it
  if (failure) throw failure;
  return env;
}
