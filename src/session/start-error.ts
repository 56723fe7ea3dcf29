import type { Death } from '../core/driver.ts';
import type { ConfiguredService } from '../core/service.ts';
import { SeatrialError } from '../errors.ts';
import { logTail } from './log-tail.ts';

export type StartFailure = 'port taken' | (Death & { readonly outOfMemory?: boolean }) | { readonly timedOut: Error };

interface StartTask {
  readonly name: string;
  readonly service: ConfiguredService;
  readonly version: string;
  readonly readyTimeoutMs: number;
}
interface StartPlace {
  readonly port: number;
  /** The user named this port. */
  readonly insisted: boolean;
  readonly logFile: string;
}

/** Why a server did not become ready, with the last lines of its log. */
export function startError(task: StartTask, failure: StartFailure, { port, insisted, logFile }: StartPlace): SeatrialError {
  const tail = logTail(logFile);
  const log = tail.length > 0 ? `\nIts last log lines:\n${tail.map((line) => `  ${line}`).join('\n')}` : '\nIt wrote no log.';
  const who = `${task.name} (${task.service.title} ${task.version})`;
  const details = { service: task.name, port, logTail: tail };
  if (failure === 'port taken')
    return new SeatrialError('SEATRIAL_SERVICE_START_FAILED', `${who} could not listen on port ${port}: it is taken.${log}`, {
      details,
      hint: !insisted ? 'try again' : 'stop what listens there, or leave `port` away to get a free one',
    });
  if ('timedOut' in failure)
    return new SeatrialError(
      'SEATRIAL_SERVICE_NOT_READY',
      `${who} was not ready within ${task.readyTimeoutMs / 1000} s on port ${port}: ${failure.timedOut.message}.${log}`,
      {
        details,
        cause: failure.timedOut,
        hint: 'see the log lines above; SEATRIAL_READY_TIMEOUT_MS allows more time',
      },
    );
  return new SeatrialError(
    'SEATRIAL_SERVICE_START_FAILED',
    `${who} ended with ${failure.signal ?? `exit code ${failure.exitCode}`} before it was ready.${log}`,
    {
      details: { ...details, exitCode: failure.exitCode, signal: failure.signal },
      hint: failure.outOfMemory
        ? 'it was ended for want of memory: give its container more by `memory:`'
        : 'see the log lines above and the settings of the service; `seatrial doctor` checks the machine',
    },
  );
}
