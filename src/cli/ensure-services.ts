import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { ResolvedConfig } from '../core/config.ts';
import { type ErrorCode, SeatrialError } from '../errors.ts';
import { createConsoleReporter } from '../report/console-reporter.ts';
import { findServicesSession, type LivingSession } from '../session/session-record.ts';
import { withLock } from '../util/lock.ts';
import { programFile } from '../util/package-files.ts';
import { runtimeDir } from '../util/platform/folders.ts';
import { spawnDaemon } from '../util/platform/spawn-daemon.ts';
import type { ServeMessage, ServeRequest } from './serve.ts';

/** The session that keeps a project's services warm. */
export type WarmSession = LivingSession & { /** It was there already. */ readonly known: boolean };

/** The project's warm session, started in the background when there is none. Two at once: the second finds what the first has started. */
export async function ensureServices(
  { project: { root } }: Pick<ResolvedConfig, 'project'>,
  request: Omit<ServeRequest, 'errorFile'>,
  signal: AbortSignal,
): Promise<WarmSession> {
  const hash = crypto.createHash('sha256').update(root).digest('hex').slice(0, 16);
  const lock = path.join(runtimeDir(), 'locks', `services-${hash}`);
  return withLock(lock, { timeoutMs: 600_000, signal }, async () => {
    const running = findServicesSession(root);
    if (running) return { ...running, known: true };
    await startInBackground(root, request, signal);
    const started = findServicesSession(root);
    if (started) return { ...started, known: false };
    throw new SeatrialError('SEATRIAL_SESSION_NOT_FOUND', 'the services ended as soon as they were started', {
      hint: 'start them again; `seatrial services logs` shows what they said',
    });
  });
}

async function startInBackground(root: string, request: Omit<ServeRequest, 'errorFile'>, signal: AbortSignal): Promise<void> {
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
      else if (message.type === 'failed') {
        const { code, message: text, hint, details } = message.error;
        failure = new SeatrialError(code as ErrorCode, text, { details, ...(hint ? { hint } : {}) });
      }
      return message.type === 'ready' || message.type === 'failed' ? 'done' : 'go on';
    },
  }).finally(() => fs.rmSync(errorFile, { force: true })); // there still when no session came of it
  if (failure) throw failure;
}
