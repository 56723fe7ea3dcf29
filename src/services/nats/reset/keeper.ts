import { createImageKeeper, type ImageStore } from '../../../core/image-keeper.ts';
import type { Json } from '../../../core/json.ts';
import type { StateKeeper } from '../../../core/reset.ts';
import type { Seed } from '../../../core/service.ts';
import { type NatsClient, type NatsTarget, openNatsClient } from '../client.ts';
import { RESET_SUBJECT } from '../subjects.ts';
import { makeStream, restoreStream } from './restore-stream.ts';
import { captureStreams, lookAtStreams, type StreamEntry, type StreamImage } from './streams.ts';

/** A keeper talks to its server as long as the lease lives. */
const NO_LIMIT_MS = 2 ** 31 - 1;

/** Reads the streams that migrations and seed have left on the main server. */
export async function openSeed(seeded: NatsTarget, target: (host: string, port: number) => NatsTarget): Promise<Seed> {
  using client = await openNatsClient(seeded, { timeoutMs: NO_LIMIT_MS });
  const image: StreamImage = client.info.jetstream ? await captureStreams(client, new Map()) : new Map();
  return {
    async fill({ host, port }) {
      if (image.size === 0) return;
      using leased = await openNatsClient(target(host, port), { timeoutMs: NO_LIMIT_MS });
      for (const [name, entry] of image) await makeStream(leased, name, entry);
    },
    openKeeper: async ({ host, port }) => openKeeper(target(host, port)),
    [Symbol.asyncDispose]: async () => {},
  };
}

async function openKeeper(target: NatsTarget): Promise<StateKeeper> {
  const client = await openNatsClient(target, { timeoutMs: NO_LIMIT_MS });
  try {
    return createImageKeeper(toStore(client), client.info.jetstream ? await captureStreams(client, new Map()) : new Map());
  } catch (error) {
    client[Symbol.dispose]();
    throw error;
  }
}

function toStore(client: NatsClient): ImageStore<StreamEntry> {
  const none: StreamImage = new Map();
  return {
    look: async (known) => (client.info.jetstream ? lookAtStreams(client, known) : none),
    capture: async (known) => (client.info.jetstream ? captureStreams(client, known) : none),
    same: (one, other) => one.fingerprint === other.fingerprint,
    async restore(changes, to) {
      const reached = await Promise.all(changes.map(async (change) => ({ ...change, by: await restoreStream(client, change) })));
      const inPlace = reached.filter(({ by }) => by === 'in place').map(({ name }) => name);
      const other = reached.filter(({ by }) => by !== 'same');
      // Times and numbers of these differ from the baseline's: they are the state from now on.
      const now = other.length > 0 ? await lookAtStreams(client, to) : to;
      for (const { name, before } of other) if (before) before.fingerprint = now.get(name)?.fingerprint ?? before.fingerprint;
      if (inPlace.length === 0) return { how: 'restore' };
      return {
        how: 'purge',
        fallback: `consumers of ${inPlace.join(', ')} are waited at: what had come was deleted in place, and sequence numbers go on`,
      };
    },
    toChange: ({ name, before, after }) => ({
      table: 'stream',
      op: !before ? 'insert' : !after ? 'delete' : 'update',
      ...(before ? { before: toRow(name, before) } : {}),
      ...(after ? { after: toRow(name, after) } : {}),
    }),
    // Inspectors forget what came before; nobody else listens there.
    async afterLeave() {
      client.publish({ subject: RESET_SUBJECT, body: Buffer.alloc(0) });
      await client.flush();
    },
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}

function toRow(name: string, { info, consumers }: StreamEntry): Record<string, Json> {
  const { messages, last_seq: last } = info.state;
  return {
    name,
    subjects: (info.config.subjects ?? []).join(' '),
    messages,
    last,
    consumers: consumers.map((consumer) => `${consumer.name} at ${consumer.ack_floor.stream_seq}`).join(' '),
  };
}
