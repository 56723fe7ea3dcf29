import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaClient } from '../protocol/client.ts';
import { persistently } from '../protocol/persistently.ts';
import { toPlainBatch } from '../protocol/records.ts';
import { createTopics, deleteGroups, deleteRecords, deleteTopics, readMetadata, readTopicConfigs } from '../protocol/topics.ts';
import { produce } from '../protocol/transfer.ts';
import { readPartitions } from '../read-partitions.ts';
import { EMPTY, type Level, type TopicImage } from './level.ts';
import { changedTopics, isEmpty, isSame, type Look, look } from './look.ts';

/** What one broker holds, and the way back to a state that was read before. */
export interface BrokerStore {
  /** The present state, from which `changes` counts. */
  capture(): Promise<Level>;
  /** What has changed since the last `capture` or `restore`. */
  changes(): Promise<Changes>;
  restore(level: Level): Promise<{ readonly how: string }>;
}
export interface Changes {
  readonly topics: readonly string[];
  /** Groups that were not there. */
  readonly groups: readonly string[];
  /** All that has come are topics with nothing in them: consumers make those that they subscribe to, again and again. */
  readonly harmless: boolean;
}

const WAIT_MS = 10_000;

export function createBrokerStore(client: KafkaClient): BrokerStore {
  let mark: Look = { topics: new Map(), groups: new Set() };
  let holds: Level = EMPTY;
  let seen: Look | undefined; // by `changes`, which comes right before a restore

  const readImages = async (now: Look, names: readonly string[]): Promise<ReadonlyMap<string, TopicImage>> => {
    const configs = await readTopicConfigs(client, names);
    const images = new Map<string, TopicImage>();
    for (const name of names) {
      const topic = now.topics.get(name);
      if (!topic) continue;
      const batches = await readPartitions(client, name, topic.starts);
      images.set(name, { batches: batches.map((list) => list.map(toPlainBatch)), configs: configs.get(name) ?? new Map() });
    }
    return images;
  };

  return {
    async capture() {
      const now = await look(client, mark);
      const changed = changedTopics(mark, now);
      const images = await readImages(now, changed);
      const topics = new Map([...holds.topics, ...images].filter(([name]) => now.topics.has(name)));
      mark = now;
      seen = undefined;
      holds = { topics, groups: now.groups };
      return holds;
    },

    async changes() {
      const now = await look(client, mark);
      seen = now;
      const topics = changedTopics(mark, now);
      const harmless = topics.every((name) => !mark.topics.has(name) && isEmpty(now.topics.get(name)));
      return { topics, groups: [...now.groups].filter((name) => !mark.groups.has(name)), harmless };
    },

    async restore(level) {
      const now = seen ?? (await look(client, mark));
      seen = undefined;
      const ended = [...now.topics.keys()].filter((name) => !level.topics.has(name));
      const made: string[] = [];
      const emptied: string[] = [];
      for (const [name, image] of level.topics) {
        const here = now.topics.get(name);
        if (here && holds.topics.get(name) === image && isSame(here, mark.topics.get(name))) continue;
        const itself = here?.id === mark.topics.get(name)?.id && here?.ends.length === image.batches.length;
        if (itself && takesDeletion(image)) emptied.push(name);
        else made.push(name);
      }
      await endTopics(client, [...ended, ...made.filter((name) => now.topics.has(name))]);
      await createTopics(
        client,
        made.map((name) => {
          const { batches, configs } = level.topics.get(name) as TopicImage;
          return { name, partitions: batches.length, configs };
        }),
      );
      await deleteRecords(client, new Map(emptied.map((name) => [name, now.topics.get(name)?.ends ?? []])));
      const filled = [...made, ...emptied].filter((name) => level.topics.get(name)?.batches.flat().length);
      for (const name of filled) await fill(client, name, level.topics.get(name) as TopicImage);
      await deleteGroups(
        client,
        [...now.groups].filter((name) => !level.groups.has(name)),
      );
      mark = await look(client, mark);
      holds = level;
      return { how: made.length + filled.length > 0 ? 'restore' : 'flush' };
    },
  };
}

/** Records of a topic that is only compacted can't be deleted by their position. */
function takesDeletion({ configs }: TopicImage): boolean {
  return (configs.get('cleanup.policy') ?? 'delete').includes('delete');
}

/** The controller answers before the broker has heard of it: until then it would still take records for the topic. */
async function endTopics(client: KafkaClient, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const before = (await readMetadata(client)).topics.filter(({ name }) => names.includes(name)).map(({ id }) => id);
  await deleteTopics(client, names);
  const deadline = performance.now() + WAIT_MS;
  while ((await readMetadata(client)).topics.some(({ id }) => before.includes(id))) {
    if (performance.now() > deadline) throw new Error(`the topics ${names.join(', ')} do not end`);
    await sleep(1);
  }
}

/** One batch of each partition at a time: a request may hold no more. */
async function fill(client: KafkaClient, topic: string, { batches }: TopicImage): Promise<void> {
  const rounds = Math.max(...batches.map((list) => list.length));
  for (let round = 0; round < rounds; round++) {
    const next = batches.flatMap((list, partition) => {
      const bytes = list[round];
      return bytes ? [{ topic, partition, bytes }] : [];
    });
    await persistently(() => produce(client, next)); // only the first can be too early, for all partitions alike
  }
}
