import { connectTo } from '../../util/platform/connect.ts';

export interface MemcachedTarget {
  readonly host: string;
  readonly port: number;
}

export interface StoredValue {
  readonly flags: number;
  readonly value: Buffer;
}

/** A minimal client of the text protocol: commands in order, one answer each. Keys are text of one character a byte. */
export interface MemcachedClient extends Disposable {
  /** A command that is answered by one line. */
  line(command: string, data?: Uint8Array): Promise<string>;
  /** A command that is answered by lines up to `END`. */
  lines(command: string): Promise<readonly string[]>;
  /** Keys that are not there are left out. */
  get(keys: readonly string[]): Promise<ReadonlyMap<string, StoredValue>>;
}

/** Takes one whole answer off the front of the buffer; undefined = it has not all come. */
type Reader<T> = (buffer: Buffer) => { readonly answer: T; readonly bytes: number } | undefined;

const REFUSAL = /^(?:ERROR|CLIENT_ERROR|SERVER_ERROR|BUSY)\b/;

/** Connects. The whole conversation must end within `timeoutMs`, or before `signal` aborts: then everything pending rejects. */
export async function openMemcachedClient(
  { host, port }: MemcachedTarget,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<MemcachedClient> {
  const limit = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal ? AbortSignal.any([limit, options.signal]) : limit;
  const socket = await connectTo({ host, port }, signal);
  const waiting: { take(buffer: Buffer): number | undefined; reject(error: Error): void }[] = [];
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
  if (signal.aborted) abort();
  socket.on('data', (chunk: Buffer) => {
    buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk]);
    for (let bytes: number | undefined; waiting.length > 0; buffer = buffer.subarray(bytes)) {
      bytes = waiting[0]?.take(buffer);
      if (bytes === undefined) return;
      waiting.shift();
    }
  });
  socket.on('error', close).once('close', () => close(new Error(`${host}:${port} closed the connection`)));
  const send = <T>(command: string, read: Reader<T>, data?: Uint8Array) =>
    new Promise<T>((resolve, reject) => {
      if (closed) return reject(closed);
      waiting.push({
        take: (bytes) => {
          const refusal = readLine(bytes);
          if (refusal && REFUSAL.test(refusal.answer)) {
            reject(new Error(`${command.split(' ')[0]}: ${refusal.answer}`));
            return refusal.bytes;
          }
          const answer = read(bytes);
          if (answer) resolve(answer.answer);
          return answer?.bytes;
        },
        reject,
      });
      const line = Buffer.from(`${command}\r\n`, 'latin1');
      socket.write(data ? Buffer.concat([line, data, Buffer.from('\r\n')]) : line);
    });
  return {
    line: (command, data) => send(command, readLine, data),
    lines: (command) => send(command, readLines),
    get: async (keys) => (keys.length === 0 ? new Map() : send(`get ${keys.join(' ')}`, readValues)),
    [Symbol.dispose]: () => close(new Error('this client is closed')),
  };
}

const readLine: Reader<string> = (buffer) => {
  const end = buffer.indexOf('\n');
  if (end < 0) return undefined;
  return { answer: buffer.toString('latin1', 0, end).replace(/\r$/, ''), bytes: end + 1 };
};

const LAST_LINE = 'END\r\n';

const readLines: Reader<readonly string[]> = (buffer) => {
  if (buffer.toString('latin1', 0, LAST_LINE.length) === LAST_LINE) return { answer: [], bytes: LAST_LINE.length };
  const end = buffer.indexOf(`\n${LAST_LINE}`); // lists are long: nothing of them is read before they are whole
  if (end < 0) return undefined;
  return { answer: buffer.toString('latin1', 0, end).split(/\r?\n/), bytes: end + 1 + LAST_LINE.length };
};

const readValues: Reader<ReadonlyMap<string, StoredValue>> = (buffer) => {
  const values = new Map<string, StoredValue>();
  for (let at = 0; ; ) {
    const line = readLine(buffer.subarray(at));
    if (!line) return undefined;
    at += line.bytes;
    if (line.answer === 'END') return { answer: values, bytes: at };
    const [, key = '', flags, bytes] = line.answer.split(' ');
    const end = at + Number(bytes);
    if (buffer.length < end + 2) return undefined;
    values.set(key, { flags: Number(flags), value: Buffer.from(buffer.subarray(at, end)) });
    at = end + 2;
  }
};
