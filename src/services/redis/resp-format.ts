/** A value of the Redis protocol, version 2; an error reply is an `Error` whose message is the server's. */
export type Reply = string | number | null | readonly Reply[] | Error;

/** `latin1`: each character is one byte, for values that are not text. */
export type WireEncoding = 'utf8' | 'latin1';

export function encodeCommand(words: readonly string[], encoding: WireEncoding = 'utf8'): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word, encoding)}\r\n${word}\r\n`).join('')}`;
}

/** All whole replies at the start of `bytes`, and what is left. Throws when the bytes are not of this protocol. */
export function parseReplies(bytes: Buffer, encoding: WireEncoding = 'utf8'): { replies: Reply[]; rest: Buffer } {
  const replies: Reply[] = [];
  let at = 0;
  for (;;) {
    const parsed = parseReply(bytes, at, encoding);
    if (!parsed) return { replies, rest: bytes.subarray(at) };
    replies.push(parsed.reply);
    at = parsed.end;
  }
}

function parseReply(bytes: Buffer, at: number, encoding: WireEncoding): { reply: Reply; end: number } | undefined {
  if (at >= bytes.length) return undefined;
  const type = String.fromCharCode(bytes[at] as number);
  if (!'+-:$*'.includes(type)) throw new Error(`not the Redis protocol: a reply starts with ${JSON.stringify(type)}`);
  const lineEnd = bytes.indexOf('\r\n', at);
  if (lineEnd < 0) return undefined;
  const line = bytes.toString(encoding, at + 1, lineEnd);
  const end = lineEnd + 2;
  if (type === '+') return { reply: line, end };
  if (type === '-') return { reply: new Error(line), end };
  const count = Number(line);
  if (!Number.isInteger(count)) throw new Error(`not the Redis protocol: ${JSON.stringify(line)} is not a number`);
  if (type === ':') return { reply: count, end };
  if (count < 0) return { reply: null, end };
  if (type === '$') {
    if (bytes.length < end + count + 2) return undefined;
    return { reply: bytes.toString(encoding, end, end + count), end: end + count + 2 };
  }
  return parseItems(bytes, end, count, encoding);
}

function parseItems(
  bytes: Buffer,
  start: number,
  count: number,
  encoding: WireEncoding,
): { reply: Reply; end: number } | undefined {
  const items: Reply[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    const item = parseReply(bytes, at, encoding);
    if (!item) return undefined;
    items.push(item.reply);
    at = item.end;
  }
  return { reply: items, end: at };
}
