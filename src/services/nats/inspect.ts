import type { Inspector, Message } from '../../core/inspect.ts';
import { type NatsTarget, openNatsClient } from './client.ts';
import { listStreams, readMessages, type StoredMessage } from './jetstream.ts';
import { parseHeaders, type WireMessage } from './protocol.ts';
import { isInternal, matchesSubject, RESET_SUBJECT } from './subjects.ts';

/** An inspector listens as long as the lease lives. */
const NO_LIMIT_MS = 2 ** 31 - 1;
/** A stream may take in a message later than subscribers do, or from another stream. */
const STREAM_POLL_MS = 25;

/**
 * Sees what is published from now on by a subscription of its own, and what streams hold by reading single messages, which moves no consumer.
 * A source is a stream's name, or a subject, `*` and `>` allowed.
 */
export async function openInspector(target: NatsTarget): Promise<Inspector> {
  const client = await openNatsClient(target, { timeoutMs: NO_LIMIT_MS });
  let seen: Message[] = [];
  let waiting: (() => void)[] = [];
  const count = { messages: 0 };
  const asked = new Map<string, number>();
  client.subscribe('>', (message) => {
    if (message.subject === RESET_SUBJECT) seen = [];
    else if (!isInternal(message.subject)) seen.push(toMessage(message, ++count.messages));
    for (const wake of waiting.splice(0)) wake();
  });
  await client.flush();
  const findStream = async (name: string) => {
    if (!client.info.jetstream || /[.*>\s]/.test(name)) return undefined;
    return (await listStreams(client)).find(({ config }) => config.name === name);
  };
  return {
    async sources() {
      const streams = client.info.jetstream ? await listStreams(client) : [];
      const subjects = new Set(seen.map(({ source }) => source));
      return [
        ...streams.map(({ config }) => ({ name: config.name, kind: 'stream' })),
        ...[...subjects].map((name) => ({ name, kind: 'subject' })),
      ];
    },
    async messages(source) {
      const stream = await findStream(source);
      if (stream) return (await readMessages(client, source, stream.state)).map((message) => toStored(source, message));
      await client.flush(); // what the server has taken before this question is here now
      asked.set(source, count.messages);
      return seen.filter((message) => matchesSubject(source, message.source));
    },
    async changed(source, signal) {
      const stream = await findStream(source).catch(() => undefined);
      if (signal.aborted || (!stream && count.messages > (asked.get(source) ?? 0))) return;
      await new Promise<void>((resolve) => {
        const timer = stream ? setTimeout(resolve, STREAM_POLL_MS) : undefined;
        const wake = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', wake);
          waiting = waiting.filter((other) => other !== wake);
          resolve();
        };
        signal.addEventListener('abort', wake, { once: true });
        waiting.push(wake);
      });
    },
    async publish(source, { body, key, headers }) {
      const stream = await findStream(source);
      if (stream && key === undefined && !stream.config.subjects?.includes(source))
        throw new Error(
          `${source} is a stream: publish to one of its subjects (${stream.config.subjects?.join(', ')}), or name it as the key`,
        );
      client.publish({ subject: (stream && key) ?? source, body, headers });
      await client.flush();
    },
    [Symbol.asyncDispose]: async () => client[Symbol.dispose](),
  };
}

function toMessage({ subject, headers, body, reply }: WireMessage, number: number): Message {
  return { source: subject, id: String(number), headers, body: Buffer.from(body), ...(reply ? { details: { reply } } : {}) };
}

function toStored(stream: string, { subject, seq, hdrs, data = '', time }: StoredMessage): Message {
  const lines = hdrs === undefined ? [] : Buffer.from(hdrs, 'base64').toString().split('\r\n').slice(1);
  return {
    source: stream,
    id: String(seq),
    key: subject,
    headers: parseHeaders(lines),
    body: Buffer.from(data, 'base64'),
    at: time,
    details: { subject },
  };
}
