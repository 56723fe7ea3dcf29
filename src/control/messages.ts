import type { Inspector, Message } from '../core/inspect.ts';
import type { MessagesRequest, PublishRequest } from './schemas.ts';

/** As JSON can hold it: the body is text where it is UTF-8, else Base64. */
export type ToldMessage = Omit<Message, 'body'> & ({ readonly text: string } | { readonly base64: string });

const LONGEST_WAIT_MS = 60_000;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The messages of a source; where `seen` is given, as soon as there are others than so many, or `wait` milliseconds are over. */
export async function readMessages(
  inspector: Inspector,
  { source, seen, wait = 0 }: MessagesRequest,
  gone: AbortSignal,
): Promise<{ readonly messages: readonly ToldMessage[] }> {
  const until = AbortSignal.any([gone, AbortSignal.timeout(Math.min(wait, LONGEST_WAIT_MS))]);
  for (;;) {
    const messages = await inspector.messages(source);
    if (messages.length !== seen || until.aborted || wait === 0) return { messages: messages.map(toTold) };
    await inspector.changed(source, until);
  }
}

export async function publish(inspector: Inspector, { source, text, base64, key, headers }: PublishRequest): Promise<boolean> {
  if (!inspector.publish) return false;
  const body = base64 === undefined ? Buffer.from(text ?? '', 'utf8') : Buffer.from(base64, 'base64');
  await inspector.publish(source, { body, ...(key === undefined ? {} : { key }), ...(headers ? { headers } : {}) });
  return true;
}

function toTold({ body, ...message }: Message): ToldMessage {
  try {
    return { ...message, text: utf8.decode(body) };
  } catch {
    return { ...message, base64: Buffer.from(body).toString('base64') };
  }
}
