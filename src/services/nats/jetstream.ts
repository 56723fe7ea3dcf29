import { randomBytes } from 'node:crypto';
import type { NatsClient } from './client.ts';

/** As the server tells them; what is not named here is handed back as it came. */
export interface StreamInfo {
  readonly config: { readonly name: string; readonly subjects?: readonly string[]; readonly storage: 'file' | 'memory' };
  readonly state: StreamState;
}
export interface StreamState {
  readonly messages: number;
  readonly first_seq: number;
  readonly last_seq: number;
  readonly num_deleted?: number;
  readonly consumer_count: number;
}
export interface ConsumerInfo {
  readonly name: string;
  readonly config: { readonly durable_name?: string };
  readonly delivered: Position;
  readonly ack_floor: Position;
  readonly num_ack_pending: number;
  readonly num_redelivered: number;
  readonly num_pending: number;
  readonly num_waiting: number;
  readonly push_bound?: boolean;
}
interface Position {
  readonly consumer_seq: number;
  readonly stream_seq: number;
}
export interface StoredMessage {
  readonly subject: string;
  readonly seq: number;
  /** Base64, as they were published. */
  readonly hdrs?: string;
  readonly data?: string;
  readonly time: string;
}

/** A refusal of the JetStream API. */
export class JetStreamError extends Error {
  readonly code: number;
  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}

/** Asks the JetStream API; rejects with what it refuses. */
export async function ask<T>(client: NatsClient, what: string, body?: unknown): Promise<T> {
  const { body: reply } = await client.request(`$JS.API.${what}`, body === undefined ? '' : JSON.stringify(body));
  const answer = JSON.parse(reply.toString()) as T & { readonly error?: { readonly description: string; readonly code: number } };
  if (answer.error) throw new JetStreamError(`JetStream refuses ${what}: ${answer.error.description}`, answer.error.code);
  return answer;
}

export async function listStreams(client: NatsClient): Promise<readonly StreamInfo[]> {
  return listAll(client, 'STREAM.LIST', (page: { streams: readonly StreamInfo[] | null }) => page.streams);
}

export async function listConsumers(client: NatsClient, stream: string): Promise<readonly ConsumerInfo[]> {
  return listAll(client, `CONSUMER.LIST.${stream}`, (page: { consumers: readonly ConsumerInfo[] | null }) => page.consumers);
}

async function listAll<Page, Item>(
  client: NatsClient,
  what: string,
  itemsOf: (page: Page) => readonly Item[] | null,
): Promise<readonly Item[]> {
  const all: Item[] = [];
  for (;;) {
    const page = await ask<Page & { readonly total: number }>(client, what, { offset: all.length });
    const items = itemsOf(page) ?? [];
    all.push(...items);
    if (items.length === 0 || all.length >= page.total) return all;
  }
}

/** All messages that are left, in order. One that is deleted meanwhile is passed over. */
export async function readMessages(client: NatsClient, stream: string, state: StreamState): Promise<readonly StoredMessage[]> {
  const messages: StoredMessage[] = [];
  for (let seq = Math.max(1, state.first_seq); messages.length < state.messages && seq <= state.last_seq; ) {
    const found = await ask<{ message: StoredMessage }>(client, `STREAM.MSG.GET.${stream}`, { seq, next_by_subj: '>' }).catch(
      (error: unknown) => {
        if (error instanceof JetStreamError && error.code === 404) return undefined;
        throw error;
      },
    );
    if (!found) break;
    messages.push(found.message);
    seq = found.message.seq + 1;
  }
  return messages;
}

/** A file stream with its messages and consumers, as the server packs it. */
export interface Snapshot {
  readonly config: unknown;
  readonly state: unknown;
  readonly chunks: readonly Buffer[];
}

export async function takeSnapshot(client: NatsClient, stream: string): Promise<Snapshot> {
  const subject = `_INBOX.${randomBytes(11).toString('hex')}`;
  const chunks: Buffer[] = [];
  const done = Promise.withResolvers<void>();
  const subscription = client.subscribe(subject, ({ body, reply, headers, status }) => {
    if (body.length === 0) {
      if (status !== undefined && status !== '204')
        done.reject(new Error(`the snapshot of ${stream} failed: ${headers.Description ?? status}`));
      else done.resolve();
      return;
    }
    chunks.push(Buffer.from(body));
    if (reply !== undefined) client.publish({ subject: reply, body: Buffer.alloc(0) }); // else the server waits for it
  });
  try {
    const request = { deliver_subject: subject, chunk_size: 128 * 1024 };
    const { config, state } = await ask<{ config: unknown; state: unknown }>(client, `STREAM.SNAPSHOT.${stream}`, request);
    await done.promise;
    return { config, state, chunks };
  } finally {
    subscription.unsubscribe();
  }
}

export async function restoreSnapshot(client: NatsClient, stream: string, { config, state, chunks }: Snapshot): Promise<void> {
  const { deliver_subject: subject } = await ask<{ deliver_subject: string }>(client, `STREAM.RESTORE.${stream}`, {
    config,
    state,
  });
  for (const chunk of chunks) await client.request(subject, chunk);
  const { body } = await client.request(subject, '');
  const { error } = JSON.parse(body.toString()) as { readonly error?: { readonly description: string } };
  if (error) throw new Error(`the stream ${stream} can't be restored: ${error.description}`);
}
