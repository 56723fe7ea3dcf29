import type { IncomingMessage, ServerResponse } from 'node:http';
import { toSeatrialError } from '../errors.ts';
import type { LeaseHolders } from './lease-holders.ts';
import { statusOf } from './refuse.ts';
import type { SessionDoor } from './session-door.ts';

export type Params = Readonly<Record<'id' | 'name' | 'test' | 'service', string>>;

/** One admitted request and how to answer it. */
export interface Exchange {
  readonly door: SessionDoor;
  readonly holders: LeaseHolders;
  /** Those that the route's path names are there. */
  readonly params: Params;
  /** Fits the route's body schema. */
  readonly body: unknown;
  readonly response: ServerResponse;
  /** Aborts when the peer has gone, or the answer is complete. */
  readonly gone: AbortSignal;
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const text = `${JSON.stringify(value)}\n`;
  response.writeHead(status, { ...headers('application/json'), 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

export function sendError(response: ServerResponse, thrown: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const error = toSeatrialError(thrown);
  const status = statusOf(error);
  if (status === 401) response.setHeader('www-authenticate', 'Bearer');
  // What is left of a refused body is not read: it could be endless.
  if (!response.req.complete) response.setHeader('connection', 'close');
  sendJson(response, status, error);
}

/** Opens an answer that stays open; it ends with its connection. */
export function openStream(response: ServerResponse, type: string): void {
  response.writeHead(response.statusCode, { ...headers(type), connection: 'close' });
  response.flushHeaders();
}

/** Follows the connection of a request. */
export function followConnection(request: IncomingMessage, response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const abort = () => controller.abort(GONE);
  // A holder that half-closes has gone as well: nobody reads on from an HTTP answer after that.
  const { socket } = request;
  socket.once('end', abort);
  response.once('close', () => {
    socket.off('end', abort);
    abort();
  });
  return controller.signal;
}

/** One for all: an exception with a stack for each request that ends costs more than the rest of it. */
const GONE = new Error('the peer has gone, or the answer is complete');

function headers(type: string): Record<string, string> {
  return {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  };
}
