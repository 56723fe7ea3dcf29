import { ERROR_CODES, type ErrorCode, isSeatrialError, SeatrialError } from '../errors.ts';
import type { Address } from '../util/platform/connect.ts';
import { type HttpAnswer, sendHttp } from './http-exchange.ts';
import { API_VERSION, API_VERSION_HEADER } from './version.ts';

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}
export interface Caller {
  /** The whole answer as JSON; undefined when it is empty. */
  call<T>(call: Call): Promise<T>;
  /** An answer that stays open. `timeoutMs` is for its first line only. */
  open(call: Call): Promise<HttpAnswer>;
}

export function createCaller(address: Address, token: string): Caller {
  const open = async ({ timeoutMs = 30_000, signal, ...request }: Call): Promise<HttpAnswer> => {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    try {
      const answer = await sendHttp({
        address,
        token,
        ...request,
        signal: signal ? AbortSignal.any([signal, limit.signal]) : limit.signal,
      });
      const version = answer.headers[API_VERSION_HEADER];
      if (version !== API_VERSION) throw versionMismatch(answer, version);
      if (answer.status >= 300) throw fromAnswer(answer.status, await readAll(answer));
      return answer;
    } catch (error) {
      if (isSeatrialError(error) || signal?.aborted) throw error;
      throw unreachable(address, error as Error);
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    open,
    async call<T>(call: Call) {
      const answer = await open(call);
      try {
        const text = await readAll(answer);
        return (text === '' ? undefined : JSON.parse(text)) as T;
      } catch (error) {
        throw unreachable(address, error as Error);
      }
    },
  };
}

async function readAll(answer: HttpAnswer): Promise<string> {
  const lines: string[] = [];
  for (let line = await answer.lines.next(); !line.done; line = await answer.lines.next()) lines.push(line.value);
  return lines.join('\n');
}

function fromAnswer(status: number, text: string): SeatrialError {
  const { code, message, hint, details } = parse(text);
  const known = ERROR_CODES.includes(code as ErrorCode) && typeof message === 'string';
  if (!known) return new SeatrialError('SEATRIAL_CONTROL_REJECTED', `the session answered ${status}: ${text.slice(0, 500)}`);
  return new SeatrialError(code as ErrorCode, message, { ...(hint ? { hint } : {}), details: details ?? {} });
}

interface ErrorBody {
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

function parse(text: string): ErrorBody {
  try {
    return (JSON.parse(text) ?? {}) as ErrorBody;
  } catch {
    return {};
  }
}

function versionMismatch(answer: HttpAnswer, version: string | undefined): SeatrialError {
  answer.close();
  const theirs =
    version === undefined
      ? 'what answers is not a session of Seatrial'
      : `the session speaks version ${version} of the control API`;
  return new SeatrialError('SEATRIAL_CONTROL_REJECTED', `${theirs}, this client speaks ${API_VERSION}`, {
    hint: 'use the same version of seatrial everywhere, and start the services anew after an update',
  });
}

function unreachable(address: Address, cause: Error): SeatrialError {
  const where = 'socketPath' in address ? address.socketPath : `${address.host}:${address.port}`;
  return new SeatrialError('SEATRIAL_CONTROL_UNREACHABLE', `the session does not answer at ${where}: ${cause.message}`, {
    hint: 'see `seatrial services status`; a session that has ended is started again by `seatrial services start`',
    cause,
    details: { where },
  });
}
