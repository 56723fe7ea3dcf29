import type { Duplex } from 'node:stream';
import { connectTo } from '../../util/platform/connect.ts';
import { encodeCommand, parseReplies, type Reply, type WireEncoding } from './resp-format.ts';

export interface RespTarget {
  readonly host: string;
  readonly port: number;
  readonly user?: string | undefined;
  readonly password: string | undefined;
  readonly database?: number | undefined;
}

/** A minimal client of the Redis protocol (RESP2): commands in order, one reply each. An error reply rejects. */
export interface RespClient extends Disposable {
  send(...command: readonly string[]): Promise<Reply>;
  /** All at once, in one write. Rejects with the first error, when all have been answered. */
  sendAll(commands: readonly (readonly string[])[]): Promise<readonly Reply[]>;
  /** The connection is gone: everything sent from now on rejects. */
  readonly closed: boolean;
}

/** Connects and logs in. The whole conversation must end within `timeoutMs`, or before `signal` aborts: then everything pending rejects. */
export async function openRespClient(
  target: RespTarget,
  options: { timeoutMs: number; signal?: AbortSignal /** Default `utf8`. */; encoding?: WireEncoding },
): Promise<RespClient> {
  const limit = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal ? AbortSignal.any([limit, options.signal]) : limit;
  const socket = await connectTo({ host: target.host, port: target.port }, signal);
  const client = wrap(socket, signal, `${target.host}:${target.port}`, options.encoding ?? 'utf8');
  try {
    if (target.password) await client.send('AUTH', ...(target.user ? [target.user] : []), target.password);
    if (target.database) await client.send('SELECT', String(target.database));
    return client;
  } catch (error) {
    client[Symbol.dispose]();
    throw error;
  }
}

function wrap(socket: Duplex, signal: AbortSignal, address: string, encoding: WireEncoding): RespClient {
  const waiting: { resolve(reply: Reply): void; reject(error: Error): void }[] = [];
  let buffer: Buffer = Buffer.alloc(0);
  let closed: Error | undefined;
  const close = (error: Error) => {
    closed ??= error;
    signal.removeEventListener('abort', abort);
    socket.destroy();
    for (const { reject } of waiting.splice(0)) reject(closed);
  };
  const abort = () => close(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  socket.on('data', (chunk: Buffer) => {
    try {
      const { replies, rest } = parseReplies(buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk]), encoding);
      buffer = rest;
      for (const reply of replies) {
        const next = waiting.shift();
        if (reply instanceof Error) next?.reject(reply);
        else next?.resolve(reply);
      }
    } catch (error) {
      close(error as Error);
    }
  });
  socket.on('error', close).once('close', () => close(new Error(`${address} closed the connection`)));
  const nextReply = () =>
    new Promise<Reply>((resolve, reject) => {
      if (closed) return reject(closed);
      waiting.push({ resolve, reject });
    });
  return {
    send: (...command) => {
      const reply = nextReply();
      if (!closed) socket.write(encodeCommand(command, encoding), encoding);
      return reply;
    },
    sendAll: async (commands) => {
      const replies = commands.map(nextReply);
      if (!closed) socket.write(commands.map((command) => encodeCommand(command, encoding)).join(''), encoding);
      const settled = await Promise.allSettled(replies);
      return settled.map((result) => {
        if (result.status === 'rejected') throw result.reason;
        return result.value;
      });
    },
    get closed() {
      return closed !== undefined;
    },
    [Symbol.dispose]: () => close(new Error('this client is closed')),
  };
}
