import type { Image } from '../../../core/image-keeper.ts';
import type { NatsClient } from '../client.ts';
import {
  type ConsumerInfo,
  listConsumers,
  listStreams,
  readMessages,
  type Snapshot,
  type StoredMessage,
  type StreamInfo,
  takeSnapshot,
} from '../jetstream.ts';

/** One stream at one moment; buckets of keys and objects are streams too. */
export interface StreamEntry {
  readonly info: StreamInfo;
  /** Durable ones, and others that nobody is bound to: the rest ends with those who are. */
  readonly consumers: readonly ConsumerInfo[];
  /** Somebody waits at a consumer which would be gone when the stream was made anew. */
  readonly awaited: boolean;
  /** What tells this state from others. Put on a level with the server's own by a reset that can't reach the very same state. */
  fingerprint: string;
  /** How to make it again; undefined as long as it has only been looked at. */
  content?: StreamContent;
}
/** Memory streams can't be packed: their messages are published again. */
export type StreamContent =
  | { readonly kind: 'empty' }
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot }
  | { readonly kind: 'messages'; readonly messages: readonly StoredMessage[] };

export type StreamImage = Image<StreamEntry>;

/** What is the same as in `known` is taken from there, with its content. */
export async function lookAtStreams(client: NatsClient, known: StreamImage): Promise<StreamImage> {
  const streams = await listStreams(client);
  const entries = await Promise.all(
    streams.map(async (info): Promise<[string, StreamEntry]> => {
      const { name } = info.config;
      const all = info.state.consumer_count === 0 ? [] : await listConsumers(client, name);
      const entry = toEntry(info, all);
      const before = known.get(name);
      return [name, before?.fingerprint === entry.fingerprint && before.awaited === entry.awaited ? before : entry];
    }),
  );
  return new Map(entries);
}

/** Fills in how to make the streams again that have only been looked at. */
export async function captureStreams(client: NatsClient, known: StreamImage): Promise<StreamImage> {
  const image = await lookAtStreams(client, known);
  await Promise.all(
    [...image].map(async ([name, entry]) => {
      const before = known.get(name);
      if (before?.content && before.fingerprint === entry.fingerprint) entry.content = before.content;
      entry.content ??= await readContent(client, name, entry);
    }),
  );
  return image;
}

async function readContent(client: NatsClient, name: string, { info, consumers }: StreamEntry): Promise<StreamContent> {
  const { state, config } = info;
  if (state.last_seq === 0 && consumers.every(({ delivered }) => delivered.consumer_seq === 0)) return { kind: 'empty' };
  if (config.storage === 'file') return { kind: 'snapshot', snapshot: await takeSnapshot(client, name) };
  return { kind: 'messages', messages: await readMessages(client, name, state) };
}

function toEntry(info: StreamInfo, all: readonly ConsumerInfo[]): StreamEntry {
  const isBound = ({ num_waiting, push_bound }: ConsumerInfo) => num_waiting > 0 || push_bound === true;
  const isDurable = ({ config }: ConsumerInfo) => config.durable_name !== undefined;
  const consumers = all.filter((consumer) => isDurable(consumer) || !isBound(consumer));
  // A durable one that pushes is made again on its subject, where its subscriber still listens.
  const awaited = all.some((consumer) => consumer.num_waiting > 0 || (!isDurable(consumer) && isBound(consumer)));
  const { consumer_count: _, ...state } = info.state;
  const positions = consumers
    .filter(isDurable)
    .map(({ name, config, delivered, ack_floor, num_ack_pending, num_redelivered }) => [
      ...[name, config, num_ack_pending, num_redelivered],
      ...[delivered.consumer_seq, delivered.stream_seq, ack_floor.consumer_seq, ack_floor.stream_seq],
    ]);
  const passing = consumers.filter((consumer) => !isDurable(consumer)).map(({ name }) => name);
  const fingerprint = JSON.stringify([info.config, state, positions.sort(byText), passing.sort()]);
  return { info, consumers, awaited, fingerprint };
}

function byText(one: unknown, other: unknown): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
}
