import type { ImageChange } from '../../../core/image-keeper.ts';
import type { NatsClient } from '../client.ts';
import { ask, type ConsumerInfo, restoreSnapshot } from '../jetstream.ts';
import type { StreamContent, StreamEntry } from './streams.ts';

/** More than so many messages are not deleted one by one. */
const MOST_DELETED = 256;

/** `same`: the very state of the baseline. `again`: its messages, published again. `in place`: its messages, and numbers that go on. */
export type Reached = 'same' | 'again' | 'in place';

export async function restoreStream(client: NatsClient, change: ImageChange<StreamEntry>): Promise<Reached> {
  const { name, before, after } = change;
  if (before && after && (await restoreInPlace(client, name, before, after))) return 'in place';
  if (after) await ask(client, `STREAM.DELETE.${name}`);
  if (before) await makeStream(client, name, before);
  return before?.content?.kind === 'messages' ? 'again' : 'same';
}

export async function makeStream(client: NatsClient, name: string, { info, consumers, content }: StreamEntry): Promise<void> {
  const made: StreamContent = content ?? { kind: 'empty' };
  if (made.kind === 'snapshot') return restoreSnapshot(client, name, made.snapshot);
  await ask(client, `STREAM.CREATE.${name}`, info.config);
  if (made.kind === 'messages') {
    for (const { subject, data = '', hdrs } of made.messages)
      client.publish({
        subject,
        body: Buffer.from(data, 'base64'),
        rawHeaders: hdrs === undefined ? undefined : withoutExpectations(hdrs),
      });
    await client.flush();
  }
  await Promise.all(consumers.map((consumer) => makeConsumer(client, name, consumer)));
}

/** What the stream had to be like when the message came first would keep it out now: `Nats-Expected-Last-Sequence` and others. */
function withoutExpectations(headers: string): Buffer {
  const lines = Buffer.from(headers, 'base64').toString('latin1').split('\r\n');
  return Buffer.from(lines.filter((line) => !/^Nats-Expected-/i.test(line)).join('\r\n'), 'latin1');
}

/**
 * Deletes what has come, so that consumers live on. False when that is not called for: nobody waits, or what was there has changed.
 * Who waits at a consumer would have to ask anew when it was made again, and most programs do not.
 */
async function restoreInPlace(client: NatsClient, name: string, before: StreamEntry, after: StreamEntry): Promise<boolean> {
  if (!after.awaited || JSON.stringify(before.info.config) !== JSON.stringify(after.info.config)) return false;
  const from = before.info.state;
  const to = after.info.state;
  if (from.messages === 0) {
    if (to.messages > 0) await ask(client, `STREAM.PURGE.${name}`);
  } else {
    const added = to.last_seq - from.last_seq;
    const intact = to.first_seq === from.first_seq && to.messages === from.messages + added;
    if (!intact || added === 0 || added > MOST_DELETED) return false;
    const sequences = Array.from({ length: added }, (_, index) => from.last_seq + 1 + index);
    await Promise.all(sequences.map((seq) => ask(client, `STREAM.MSG.DELETE.${name}`, { seq, no_erase: true })));
  }
  const kept = new Set(before.consumers.map((consumer) => consumer.name));
  const there = new Set(after.consumers.map((consumer) => consumer.name));
  await Promise.all([
    ...after.consumers
      .filter((consumer) => !kept.has(consumer.name))
      .map((consumer) => ask(client, `CONSUMER.DELETE.${name}.${consumer.name}`)),
    ...before.consumers
      .filter((consumer) => !there.has(consumer.name) && isDurable(consumer))
      .map((consumer) => makeConsumer(client, name, consumer)),
  ]);
  return true;
}

async function makeConsumer(client: NatsClient, stream: string, consumer: ConsumerInfo): Promise<void> {
  if (isDurable(consumer))
    await ask(client, `CONSUMER.DURABLE.CREATE.${stream}.${consumer.name}`, { stream_name: stream, config: consumer.config });
}

function isDurable({ config }: ConsumerInfo): boolean {
  return config.durable_name !== undefined;
}
