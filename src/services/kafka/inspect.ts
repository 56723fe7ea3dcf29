import { setTimeout as sleep } from 'node:timers/promises';
import type { Inspector, Message } from '../../core/inspect.ts';
import { type KafkaTarget, openKafkaClient } from './protocol/client.ts';
import { check } from './protocol/errors.ts';
import { murmur2 } from './protocol/murmur2.ts';
import { persistently } from './protocol/persistently.ts';
import { type KafkaRecord, readRecords, toBatch } from './protocol/records.ts';
import { readMetadata, readOffsets } from './protocol/topics.ts';
import { fetchBatches, produce } from './protocol/transfer.ts';
import { readPartitions } from './read-partitions.ts';

const WAIT_MS = 500;
/** A topic that does not exist yet can't be waited for. */
const ASK_AGAIN_MS = 20;

/** Reads all partitions from their beginning, in no group: consumers of the app get everything as if nobody had looked. */
export async function openInspector(target: KafkaTarget): Promise<Inspector> {
  const client = await openKafkaClient(target);
  const seen = new Map<string, readonly number[]>();

  const partitionsOf = async (topic: string, create = false): Promise<number> => {
    const { topics } = await readMetadata(client, [topic], create);
    const found = topics[0];
    if (create && found) check(found.error, `topic ${topic} can't be written to`);
    return found?.error === 0 ? found.partitions : 0;
  };
  const startsOf = async (topic: string): Promise<readonly number[]> => {
    const partitions = await partitionsOf(topic);
    if (partitions === 0) return [];
    return (await readOffsets(client, 'start', new Map([[topic, partitions]]))).get(topic) ?? [];
  };

  return {
    async sources() {
      const { topics } = await readMetadata(client);
      return topics.filter(({ internal }) => !internal).map(({ name }) => ({ name, kind: 'topic' }));
    },
    async messages(topic) {
      const starts = await startsOf(topic);
      const batches = await readPartitions(client, topic, starts);
      const ends = batches.map((list, partition) => (list.at(-1)?.lastOffset ?? (starts[partition] as number) - 1) + 1);
      seen.set(topic, ends);
      const records = batches.flatMap((list, partition) =>
        list
          .flatMap(readRecords)
          .filter(({ offset }) => offset >= (starts[partition] as number))
          .map((record) => ({ partition, record })),
      );
      records.sort((a, b) => a.record.timeMs - b.record.timeMs || a.partition - b.partition || a.record.offset - b.record.offset);
      return records.map(({ partition, record }) => toMessage(topic, partition, record));
    },
    async changed(topic, signal) {
      try {
        // A connection of its own: one that waits keeps everything behind it waiting.
        using waiting = await openKafkaClient(target, signal);
        let at = [...(seen.get(topic) ?? [])];
        while (!signal.aborted) {
          if (at.length === 0) {
            if (seen.has(topic)) await sleep(ASK_AGAIN_MS, undefined, { signal });
            at = [...(await startsOf(topic))];
            if (at.length === 0) seen.set(topic, at);
            continue;
          }
          const fetched = await fetchBatches(
            waiting,
            at.map((offset, partition) => ({ topic, partition, offset })),
            WAIT_MS,
          );
          // An error means that the topic was cut or made again: that is a change, too.
          if (fetched.some(({ batches, error }) => batches.length > 0 || error !== 0)) return;
          for (const { partition, next } of fetched) at[partition] = next;
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    async publish(topic, { body, key, headers = {} }) {
      const record = {
        timeMs: Date.now(),
        key: key === undefined ? undefined : Buffer.from(key),
        value: Buffer.from(body),
        headers: Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)] as const),
      };
      const bytes = toBatch(record);
      await persistently(async () => {
        const partitions = await partitionsOf(topic, true);
        const partition = record.key ? (murmur2(record.key) & 0x7fffffff) % partitions : 0;
        await produce(client, [{ topic, partition, bytes }]);
      });
    },
    [Symbol.asyncDispose]: async () => client[Symbol.dispose](),
  };
}

function toMessage(source: string, partition: number, { offset, timeMs, key, value, headers }: KafkaRecord): Message {
  return {
    source,
    id: `${partition}:${offset}`,
    ...(key ? { key: key.toString('utf8') } : {}),
    headers: Object.fromEntries(headers.map(([name, content]) => [name, content.toString('utf8')])),
    body: value ?? Buffer.alloc(0),
    at: new Date(timeMs).toISOString(),
    details: { partition, offset, ...(value ? {} : { tombstone: true }) },
  };
}
