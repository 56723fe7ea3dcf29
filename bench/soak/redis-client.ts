import net from 'node:net';

/** A Redis client of a few lines, none of them the product's. It connects once and does not try again. */
export interface RedisClient extends Disposable {
  /** Answers the reply as text; an array as its elements. */
  send(...words: string[]): Promise<string | null | readonly (string | null)[]>;
}

export async function openRedis(target: {
  readonly host: string;
  readonly port: number;
  readonly password?: string | undefined;
}): Promise<RedisClient> {
  const socket = net.connect({ host: target.host, port: target.port });
  let received = Buffer.alloc(0);
  let failure: Error | undefined;
  const waiting: { settle(reply: Reply): void; fail(error: Error): void }[] = [];
  const fail = (error: Error) => {
    failure ??= error;
    for (const { fail } of waiting.splice(0)) fail(failure);
  };
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  socket.on('error', fail).on('close', () => fail(new Error('the server closed the connection')));
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    for (let parsed = parse(received, 0); parsed; parsed = parse(received, 0)) {
      received = received.subarray(parsed.end);
      const first = waiting.shift();
      if (parsed.error) first?.fail(parsed.error);
      else first?.settle(parsed.reply);
    }
  });
  const client: RedisClient = {
    send: (...words) =>
      new Promise((settle, reject) => {
        if (failure) return reject(failure);
        waiting.push({ settle, fail: reject });
        socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);
      }),
    [Symbol.dispose]: () => socket.destroy(),
  };
  if (target.password) await client.send('AUTH', target.password);
  return client;
}

type Reply = string | null | readonly (string | null)[];
interface Parsed {
  readonly reply: Reply;
  readonly end: number;
  readonly error?: Error;
}

/** Undefined while the reply has not come whole. */
function parse(buffer: Buffer, at: number): Parsed | undefined {
  const lineEnd = buffer.indexOf('\r\n', at);
  if (lineEnd === -1) return undefined;
  const line = buffer.toString('utf8', at + 1, lineEnd);
  const next = lineEnd + 2;
  const kind = String.fromCharCode(buffer[at] ?? 0);
  if (kind === '+' || kind === ':') return { reply: line, end: next };
  if (kind === '-') return { reply: null, end: next, error: new Error(line) };
  const size = Number(line);
  if (kind === '$') {
    if (size === -1) return { reply: null, end: next };
    return buffer.length < next + size + 2
      ? undefined
      : { reply: buffer.toString('utf8', next, next + size), end: next + size + 2 };
  }
  const elements: (string | null)[] = [];
  let end = next;
  for (let index = 0; index < size; index++) {
    const element = parse(buffer, end);
    if (!element) return undefined;
    elements.push(element.reply as string | null);
    end = element.end;
  }
  return { reply: elements, end };
}
