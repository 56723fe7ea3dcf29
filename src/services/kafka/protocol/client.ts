import type { Duplex } from 'node:stream';
import { connectTo } from '../../../util/platform/connect.ts';
import { int16, int32, string } from './encode.ts';
import { Reader } from './reader.ts';

export interface KafkaTarget {
  readonly host: string;
  readonly port: number;
}

/** One request in the version that its caller has written. */
export interface Request {
  readonly api: number;
  readonly version: number;
  /** The headers of request and response end with tagged fields. */
  readonly flexible?: boolean;
  readonly body: Buffer;
}

/** A minimal client of Kafka's protocol: requests in order, one response each. */
export interface KafkaClient extends Disposable {
  send(request: Request): Promise<Reader>;
  /** The connection is gone: everything sent from now on rejects. */
  readonly closed: boolean;
}

const CLIENT_ID = string('seatrial');
const NO_TAGS = Buffer.from([0]);

/** Connects. Everything pending rejects when `signal` aborts. */
export async function openKafkaClient({ host, port }: KafkaTarget, signal?: AbortSignal): Promise<KafkaClient> {
  const socket = await connectTo({ host, port }, signal);
  return wrap(socket, signal, `${host}:${port}`);
}

function wrap(socket: Duplex, signal: AbortSignal | undefined, address: string): KafkaClient {
  const waiting: { readonly id: number; readonly flexible: boolean; resolve(body: Reader): void; reject(error: Error): void }[] =
    [];
  let ids = 0;
  let buffer: Buffer = Buffer.alloc(0);
  let closed: Error | undefined;
  const close = (error: Error) => {
    closed ??= error;
    signal?.removeEventListener('abort', abort);
    socket.destroy();
    for (const { reject } of waiting.splice(0)) reject(closed);
  };
  const abort = () => close(signal?.reason as Error);
  signal?.addEventListener('abort', abort, { once: true });
  socket.on('data', (chunk: Buffer) => {
    buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk]);
    while (buffer.length >= 4 && buffer.length >= 4 + buffer.readInt32BE(0)) {
      const end = 4 + buffer.readInt32BE(0);
      const body = new Reader(buffer.subarray(4, end));
      buffer = buffer.subarray(end);
      const next = waiting.shift();
      if (!next || end < 8 || body.int32() !== next.id) {
        if (next) waiting.unshift(next);
        return close(new Error(`${address} does not speak Kafka's protocol`));
      }
      if (next.flexible) body.tags();
      next.resolve(body);
    }
  });
  socket.on('error', close).once('close', () => close(new Error(`${address} closed the connection`)));
  return {
    send: ({ api, version, flexible = false, body }) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(closed);
        const id = ++ids;
        waiting.push({ id, flexible, resolve, reject });
        const header = [int16(api), int16(version), int32(id), CLIENT_ID, ...(flexible ? [NO_TAGS] : [])];
        const message = Buffer.concat([...header, body]);
        socket.write(Buffer.concat([int32(message.length), message]));
      }),
    get closed() {
      return closed !== undefined;
    },
    [Symbol.dispose]: () => close(new Error('this client is closed')),
  };
}
