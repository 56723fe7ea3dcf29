import fs from 'node:fs';
import path from 'node:path';
import { builtin } from '../builtin.ts';
import { atLeastWorker } from '../core/isolation.ts';
import { SeatrialError, toSeatrialError } from '../errors.ts';
import { createEventStream } from '../observe/event-stream.ts';
import { openSession } from '../session/session.ts';
import { programFile } from '../util/package-files.ts';
import { readConfig, type ServiceFlags } from './options.ts';
import { planFor, titlesOf } from './plan-for.ts';
import { serveSession } from './serve-session.ts';

// The background process of `seatrial services start`: owns the services until `services stop`, a signal, or the idle time is over.

export interface ServeRequest {
  readonly flags: ServiceFlags & { readonly fresh?: boolean };
  readonly names: readonly string[];
  /** Another idle time than the configuration's: nobody has asked for these services by name. */
  readonly idleMs?: number;
  /** Where its stderr goes until there is a session. */
  readonly errorFile: string;
}
/** What it tells the process that started it. */
export type ServeMessage =
  | { readonly type: 'event'; readonly event: import('../core/event.ts').RunEvent }
  | { readonly type: 'titles'; readonly titles: Readonly<Record<string, string>> }
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly error: ReturnType<import('../errors.ts').SeatrialError['toJSON']> };

process.once('message', (request: ServeRequest) => void serve(request));

async function serve({ flags, names, errorFile, idleMs }: ServeRequest): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {}); // nobody reads them once the services are up
  const tell = (message: ServeMessage) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => {});
  };
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => stopping.abort(new Error(`stopped by ${signal}`)));
  try {
    await keepServices({ flags, names, errorFile, ...(idleMs ? { idleMs } : {}) }, stopping, tell);
  } catch (error) {
    const failure = stopping.signal.aborted
      ? new SeatrialError(
          'SEATRIAL_SERVICE_START_FAILED',
          `the background process was ${(stopping.signal.reason as Error).message}`,
        )
      : toSeatrialError(error);
    tell({ type: 'failed', error: failure.toJSON() });
    process.exitCode = 1;
  } finally {
    if (process.connected) process.disconnect();
  }
}

async function keepServices(
  { flags, names, errorFile, idleMs: asked }: ServeRequest,
  stopping: AbortController,
  tell: (message: ServeMessage) => void,
): Promise<void> {
  const config = await readConfig(flags);
  const plan = await planFor({
    ...config,
    services: config.services.filter(({ name }) => names.length === 0 || names.includes(name)),
  });
  const idleMs = Math.min(asked ?? config.idleMs, config.idleMs);
  const events = createEventStream();
  events.subscribe((event) => tell({ type: 'event', event }));
  tell({ type: 'titles', titles: titlesOf(plan) });
  await using session = await openSession({
    plan,
    registry: builtin,
    watchdogProgram: programFile('cli/watchdog'),
    isolation: atLeastWorker(config.test.isolation),
    leasing: true,
    spareLease: true,
    fresh: flags.fresh ?? false,
    signal: stopping.signal,
    events,
  });
  const logs = path.join(session.folder, 'logs');
  fs.mkdirSync(logs, { recursive: true, mode: 0o700 });
  fs.renameSync(errorFile, path.join(logs, 'seatrial.log'));
  stopping.signal.throwIfAborted(); // while the last steps were carried out
  let lastUse = Date.now();
  const ended = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()));
  const idle = setInterval(
    () => {
      if (session.leases().length > 0) lastUse = Date.now();
      if (session.services().length === 0) stopping.abort(new Error('no service is left'));
      if (Date.now() - lastUse > idleMs) stopping.abort(new Error('idle'));
    },
    Math.min(1000, Math.max(50, idleMs / 4)),
  ).unref(); // the server keeps this process alive: where it can't listen, nothing must
  await using server = await serveSession(session, {
    mode: 'services',
    idleMs,
    commands: () => [],
    onUse: () => {
      lastUse = Date.now();
    },
    stop: async () => {
      await session[Symbol.asyncDispose]();
      stopping.abort(new Error('stopped'));
    },
  });
  tell({ type: 'ready' });
  if (process.connected) process.disconnect();
  await server.warmUp(); // the first run that attaches should not wait for it
  await ended;
  clearInterval(idle);
}
