import type { Duplex } from 'node:stream';
import { type Address, connectTo } from '../util/platform/connect.ts';
import { API_VERSION, API_VERSION_HEADER } from './version.ts';

export interface HttpRequest {
  readonly address: Address;
  readonly method: string;
  readonly path: string;
  readonly token: string;
  readonly body?: unknown;
  readonly signal: AbortSignal;
}
export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body line by line, as it comes; ends when the server closes. */
  readonly lines: AsyncIterator<string, undefined>;
  /** Closes the connection. */
  close(): void;
}

/**
 * One request over a connection of its own, in HTTP/1.0, in which a body is never chunked and ends with the connection. `node:http`
 * would do the same and costs 21 ms to load, a seventh of what attaching to a session may take in all; this costs nothing.
 */
export async function sendHttp({ address, method, path, token, body, signal }: HttpRequest): Promise<HttpAnswer> {
  const stream = await connectTo(address, signal);
  const abort = () => stream.destroy(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
  signal.addEventListener('abort', abort, { once: true });
  stream.once('close', () => signal.removeEventListener('abort', abort));
  const text = body === undefined ? '' : JSON.stringify(body);
  const head = [
    `${method} ${path} HTTP/1.0`,
    `Host: ${'socketPath' in address ? 'seatrial' : `${address.host}:${address.port}`}`,
    `Authorization: Bearer ${token}`,
    `${API_VERSION_HEADER}: ${API_VERSION}`,
    ...(body === undefined ? [] : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(text)}`]),
  ];
  stream.write(`${head.join('\r\n')}\r\n\r\n${text}`);
  const lines = readLines(stream);
  try {
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec((await lines.next()).value ?? '')?.[1]);
    if (!status) throw new Error('what answers does not speak HTTP');
    return { status, headers: await readHeaders(lines), lines, close: () => stream.destroy() };
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

async function readHeaders(lines: AsyncIterator<string, undefined>): Promise<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (;;) {
    const { value } = await lines.next();
    if (value === undefined) throw new Error('the connection was closed in the middle of an answer');
    if (value === '') return headers;
    const colon = value.indexOf(':');
    headers[value.slice(0, colon).toLowerCase()] = value.slice(colon + 1).trim();
  }
}

/** Lines without their ends; what follows the last line end is the last line. */
async function* readLines(stream: Duplex): AsyncGenerator<string, undefined> {
  stream.setEncoding('utf8');
  let rest = '';
  for await (const chunk of stream as AsyncIterable<string>) {
    const lines = (rest + chunk).split(/\r?\n/);
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
  return undefined;
}
