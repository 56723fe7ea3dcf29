import type { Inspector, Message } from '../../core/inspect.ts';
import { openControl } from '../../util/program-control.ts';

/** As the broker tells a message, whoever has it now. */
interface ToldMessage {
  readonly id: string;
  readonly at: number;
  readonly exchange: string;
  readonly key: string;
  /** Base64. */
  readonly body: string;
  readonly properties: Readonly<Record<string, string | number>>;
  readonly headers: Readonly<Record<string, unknown>>;
}

/**
 * What was published to exchanges and put into queues, as the broker's own functions were called with it: nothing is consumed, and no queue or
 * binding of ours stands beside the app's. A source is the name of a queue, else of an exchange; `exchange:NAME` where both have the name.
 */
export async function openInspector(socketPath: string, vhost: string): Promise<Inspector> {
  const control = openControl(socketPath);
  const seen = new Map<string, number>();
  await control.ask('watch', {});
  const list = () => control.ask<{ queues: readonly string[]; exchanges: readonly string[] }>('sources', { vhost });
  const locate = async (name: string) => {
    if (name.startsWith('exchange:')) return { kind: 'exchange', source: name.slice('exchange:'.length) };
    const { queues, exchanges } = await list();
    return { kind: !queues.includes(name) && exchanges.includes(name) ? 'exchange' : 'queue', source: name };
  };
  return {
    async sources() {
      const { queues, exchanges } = await list();
      return [...queues.map((name) => ({ name, kind: 'queue' })), ...exchanges.map((name) => ({ name, kind: 'exchange' }))];
    },
    async messages(source) {
      const at = await locate(source);
      const { seq, messages } = await control.ask<{ seq: number; messages: readonly ToldMessage[] }>('messages', {
        vhost,
        ...at,
      });
      seen.set(source, seq);
      return messages.map((message) => toMessage(source, message));
    },
    async changed(source, signal) {
      try {
        await control.ask('changed', { vhost, ...(await locate(source)), after: seen.get(source) ?? 0 }, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    async publish(source, { body, key, headers = {} }) {
      const { kind, source: name } = await locate(source);
      const to = kind === 'queue' ? { exchange: '', key: name } : { exchange: name, key: key ?? '' };
      await control.ask('publish', { vhost, ...to, headers, body: Buffer.from(body).toString('base64') });
    },
    [Symbol.asyncDispose]: async () => control[Symbol.dispose](),
  };
}

const refuse = () => Promise.reject(new Error('what a RabbitMQ holds can be seen only where its broker is run natively'));
export const blindInspector: Inspector = {
  sources: refuse,
  messages: refuse,
  changed: refuse,
  [Symbol.asyncDispose]: async () => {},
};

function toMessage(source: string, { id, at, exchange, key, body, properties, headers }: ToldMessage): Message {
  const text = ([name, value]: [string, unknown]) => [name, typeof value === 'string' ? value : JSON.stringify(value)];
  return {
    source,
    id,
    key,
    headers: Object.fromEntries(Object.entries(headers).map(text)),
    body: Buffer.from(body, 'base64'),
    at: new Date(at).toISOString(),
    details: { exchange, properties, headers },
  };
}
