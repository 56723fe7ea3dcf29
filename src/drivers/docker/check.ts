import type { ReadyWhen } from '../../core/image-spec.ts';
import { SeatrialError } from '../../errors.ts';
import { readAll } from './client.ts';
import type { Engine } from './connect.ts';
import { withoutFrames } from './log-stream.ts';

interface Inspection {
  readonly State?: {
    readonly Health?: {
      readonly Status?: string;
      readonly Log?: readonly { readonly Output?: string; readonly ExitCode?: number }[] | null;
    };
  };
}

/** Rejects with the reason unless the engine says that the container is ready: by its health check, or by a command that is run in it. */
export async function checkContainer(engine: Engine, id: string, when: ReadyWhen, signal: AbortSignal): Promise<void> {
  if ('health' in when) await checkHealth(engine, id, signal);
  else if ('command' in when) await runInside(engine, id, when.command, signal);
}

async function checkHealth(engine: Engine, id: string, signal: AbortSignal): Promise<void> {
  const { State } = await engine.call<Inspection>('GET', `/containers/${id}/json`, { signal });
  const health = State?.Health;
  if (!health?.Status || health.Status === 'none')
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', 'the image has no health check', {
      hint: 'use another `ready`: port, log, http or command',
    });
  if (health.Status === 'healthy') return;
  const last = health.Log?.at(-1);
  throw new Error(
    `its health is ${health.Status}${last ? `; its check ended with ${last.ExitCode}: ${last.Output?.trim()}` : ''}`,
  );
}

async function runInside(engine: Engine, id: string, command: readonly string[], signal: AbortSignal): Promise<void> {
  const { Id } = await engine.call<{ Id: string }>('POST', `/containers/${id}/exec`, {
    body: { Cmd: command, AttachStdout: true, AttachStderr: true },
    signal,
  });
  const stream = await engine.open('POST', `/exec/${Id}/start`, { body: { Detach: false, Tty: false }, signal });
  const output = withoutFrames(Buffer.from(await readAll(stream, 'latin1'), 'latin1'));
  const { ExitCode } = await engine.call<{ ExitCode: number }>('GET', `/exec/${Id}/json`, { signal });
  if (ExitCode !== 0)
    throw new Error(`${command.join(' ')} ended with ${ExitCode}: ${output.toString('utf8').trim().slice(-500)}`);
}
