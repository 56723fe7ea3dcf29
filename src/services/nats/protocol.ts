/** One operation as the server writes it. Lines of the protocol end in CRLF; only messages have a payload. */
export type Operation =
  | { readonly op: 'MSG'; readonly message: WireMessage }
  | { readonly op: 'INFO' | '-ERR' | 'PING' | 'PONG' | '+OK'; readonly text: string };

export interface WireMessage {
  readonly subject: string;
  readonly sid: string;
  readonly reply: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** The status line of a message without payload, e.g. `503` where nobody answers a request. */
  readonly status: string | undefined;
  readonly body: Buffer;
}

const CRLF = '\r\n';

/** Takes whole operations off the front; the rest waits for more bytes. */
export function parseOperations(buffer: Buffer): { readonly operations: readonly Operation[]; readonly rest: Buffer } {
  const operations: Operation[] = [];
  let at = 0;
  for (;;) {
    const end = buffer.indexOf(CRLF, at);
    if (end < 0) break;
    const line = buffer.toString('utf8', at, end);
    const [name = '', ...words] = line.split(/[ \t]+/);
    const op = name.toUpperCase();
    if (op === 'MSG' || op === 'HMSG') {
      const total = Number(words.at(-1));
      const bodyEnd = end + 2 + total;
      if (buffer.length < bodyEnd + 2) break;
      operations.push({ op: 'MSG', message: toMessage(op, words, buffer.subarray(end + 2, bodyEnd)) });
      at = bodyEnd + 2;
    } else if (op === 'INFO' || op === '-ERR' || op === 'PING' || op === 'PONG' || op === '+OK') {
      operations.push({ op, text: line.slice(op.length).trim() });
      at = end + 2;
    } else {
      throw new Error(`not the protocol of NATS: ${JSON.stringify(line.slice(0, 80))}`);
    }
  }
  return { operations, rest: buffer.subarray(at) };
}

function toMessage(op: 'MSG' | 'HMSG', words: readonly string[], payload: Buffer): WireMessage {
  const sizes = op === 'HMSG' ? 2 : 1;
  const [subject = '', sid = '', reply] = words.slice(0, -sizes);
  const headerBytes = op === 'HMSG' ? Number(words.at(-2)) : 0;
  const [statusLine = '', ...lines] = payload.toString('utf8', 0, headerBytes).split(CRLF);
  return {
    subject,
    sid,
    reply,
    headers: parseHeaders(lines),
    status: /^NATS\/1\.0 (\d{3})/.exec(statusLine)?.[1],
    body: payload.subarray(headerBytes),
  };
}

/** The lines after `NATS/1.0`; of a name that comes more than once, the last. */
export function parseHeaders(lines: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    lines.flatMap((line): [string, string][] => {
      const colon = line.indexOf(':');
      return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1).trim()]] : [];
    }),
  );
}

export interface Publication {
  readonly subject: string;
  readonly body: Uint8Array;
  readonly reply?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Headers as they came from a stream, taken as they are. */
  readonly rawHeaders?: Uint8Array | undefined;
}

export function encodePublication({ subject, body, reply, headers = {}, rawHeaders }: Publication): Buffer {
  const to = reply === undefined ? subject : `${subject} ${reply}`;
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}${CRLF}`);
  const head = rawHeaders ?? (lines.length > 0 ? Buffer.from(`NATS/1.0${CRLF}${lines.join('')}${CRLF}`) : undefined);
  if (!head) return Buffer.concat([Buffer.from(`PUB ${to} ${body.length}${CRLF}`), body, Buffer.from(CRLF)]);
  const line = `HPUB ${to} ${head.length} ${head.length + body.length}${CRLF}`;
  return Buffer.concat([Buffer.from(line), head, body, Buffer.from(CRLF)]);
}
