import { randomBytes } from 'node:crypto';
import { connectTo } from '../../util/platform/connect.ts';
import { encodePublication, type Operation, type Publication, parseOperations, type WireMessage } from './protocol.ts';

export interface NatsTarget {
  readonly host: string;
  readonly port: number;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
}

/** What the server says of itself before anybody has logged in. */
export interface ServerInfo {
  readonly server_name?: string;
  readonly version?: string;
  readonly jetstream?: boolean;
  readonly [name: string]: unknown;
}

/** A minimal client of the NATS protocol, without reconnecting. */
export interface NatsClient extends Disposable {
  readonly info: ServerInfo;
  publish(message: Publication): void;
  /** Answers the first reply; rejects when nobody is there to answer. */
  request(subject: string, body: Uint8Array | string): Promise<WireMessage>;
  subscribe(subject: string, onMessage: (message: WireMessage) => void): Subscription;
  /** Resolves when the server has handled all that was sent before. */
  flush(): Promise<void>;
  /** The connection is gone: everything sent from now on rejects. */
  readonly closed: boolean;
}
export interface Subscription {
  unsubscribe(): void;
}

/** Connects and logs in. The whole conversation must end within `timeoutMs`, or before `signal` aborts: then everything pending rejects. */
export async function openNatsClient(
  target: NatsTarget,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal; checkInfo?(info: ServerInfo): void },
): Promise<NatsClient> {
  const limit = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal ? AbortSignal.any([limit, options.signal]) : limit;
  const connection = await openConnection(target, signal);
  try {
    const info = await connection.info;
    options.checkInfo?.(info);
    const { user, password: pass, token: auth_token } = target;
    const login = {
      verbose: false,
      pedantic: false,
      lang: 'seatrial',
      version: '1',
      protocol: 1,
      headers: true,
      no_responders: true,
    };
    connection.write(`CONNECT ${JSON.stringify({ ...login, user, pass, auth_token })}\r\n`);
    await connection.flush();
    return toClient(connection, info);
  } catch (error) {
    connection.close(error as Error);
    throw error;
  }
}

interface Connection {
  readonly info: Promise<ServerInfo>;
  readonly subscriptions: Map<string, (message: WireMessage) => void>;
  readonly closed: Error | undefined;
  /** Called once, when the connection is gone. */
  onClose(listener: (error: Error) => void): void;
  write(data: string | Buffer): void;
  flush(): Promise<void>;
  close(error: Error): void;
}

async function openConnection({ host, port }: NatsTarget, signal: AbortSignal): Promise<Connection> {
  const socket = await connectTo({ host, port }, signal);
  const pongs: PromiseWithResolvers<void>[] = [];
  const listeners: ((error: Error) => void)[] = [];
  const subscriptions = new Map<string, (message: WireMessage) => void>();
  const info = Promise.withResolvers<ServerInfo>();
  info.promise.catch(() => {});
  let buffer: Buffer = Buffer.alloc(0);
  let closed: Error | undefined;
  const close = (error: Error) => {
    if (closed) return;
    closed = error;
    signal.removeEventListener('abort', abort);
    socket.destroy();
    info.reject(error);
    for (const { reject } of pongs.splice(0)) reject(error);
    for (const listener of listeners) listener(error);
  };
  const abort = () => close(signal.reason as Error);
  const take = (operation: Operation) => {
    if (operation.op === 'MSG') subscriptions.get(operation.message.sid)?.(operation.message);
    else if (operation.op === 'INFO') info.resolve(JSON.parse(operation.text) as ServerInfo);
    else if (operation.op === 'PING') socket.write('PONG\r\n');
    else if (operation.op === 'PONG') pongs.shift()?.resolve();
    else if (operation.op === '-ERR') close(new Error(`${host}:${port} says ${operation.text.replace(/^'|'$/g, '')}`));
  };
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  socket.on('data', (chunk: Buffer) => {
    try {
      const { operations, rest } = parseOperations(buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk]));
      buffer = rest;
      operations.forEach(take);
    } catch (error) {
      close(error as Error);
    }
  });
  socket.on('error', close).once('close', () => close(new Error(`${host}:${port} closed the connection`)));
  return {
    info: info.promise,
    subscriptions,
    get closed() {
      return closed;
    },
    onClose: (listener) => {
      if (closed) listener(closed);
      else listeners.push(listener);
    },
    write: (data) => {
      if (!closed) socket.write(data);
    },
    flush: () => {
      if (closed) return Promise.reject(closed);
      const pong = Promise.withResolvers<void>();
      pongs.push(pong);
      socket.write('PING\r\n');
      return pong.promise;
    },
    close,
  };
}

function toClient(connection: Connection, info: ServerInfo): NatsClient {
  const inbox = `_INBOX.${randomBytes(11).toString('hex')}`;
  const waiting = new Map<string, PromiseWithResolvers<WireMessage>>();
  let lastSid = 0;
  let requests = 0;
  connection.onClose((error) => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  });
  const subscribe: NatsClient['subscribe'] = (subject, onMessage) => {
    const sid = String(++lastSid);
    connection.subscriptions.set(sid, onMessage);
    connection.write(`SUB ${subject} ${sid}\r\n`);
    return {
      unsubscribe: () => {
        connection.subscriptions.delete(sid);
        connection.write(`UNSUB ${sid}\r\n`);
      },
    };
  };
  return {
    info,
    publish: (message) => connection.write(encodePublication(message)),
    subscribe,
    request: (subject, body) => {
      if (connection.closed) return Promise.reject(connection.closed);
      if (requests === 0)
        subscribe(`${inbox}.*`, (message) => {
          const reply = waiting.get(message.subject);
          waiting.delete(message.subject);
          if (message.status === '503') reply?.reject(new Error(`nobody answers to ${subject}`));
          else reply?.resolve(message);
        });
      const reply = `${inbox}.${requests++}`;
      const answer = Promise.withResolvers<WireMessage>();
      waiting.set(reply, answer);
      connection.write(encodePublication({ subject, reply, body: typeof body === 'string' ? Buffer.from(body) : body }));
      return answer.promise;
    },
    flush: connection.flush,
    get closed() {
      return connection.closed !== undefined;
    },
    [Symbol.dispose]: () => connection.close(new Error('this client is closed')),
  };
}
