import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaClient } from '../protocol/client.ts';
import { persistently } from '../protocol/persistently.ts';
import { listGroups, type Offsets, readMetadata, readOffsets, type TopicMetadata } from '../protocol/topics.ts';

/** Where a broker stands: enough to tell whether anybody has written. */
export interface Look {
  readonly topics: ReadonlyMap<string, TopicLook>;
  readonly groups: ReadonlySet<string>;
}
export interface TopicLook {
  readonly id: string;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

const SETTLE_MS = 10_000;

/** One round trip, when there are no other topics than in `last`. A topic that is just being made or ended is waited for. */
export async function look(client: KafkaClient, last?: Look): Promise<Look> {
  const known = new Map([...(last?.topics ?? [])].map(([name, { ends }]) => [name, ends.length]));
  const read = (topics: ReadonlyMap<string, number>) =>
    Promise.all([readOffsets(client, 'start', topics), readOffsets(client, 'end', topics)]);
  const [metadata, offsets, groups] = await Promise.all([
    readMetadata(client),
    read(known),
    persistently(() => listGroups(client)),
  ]);
  let [starts, ends] = offsets;
  let topics = metadata.topics.filter(({ internal }) => !internal);
  const deadline = performance.now() + SETTLE_MS;
  const others = () =>
    topics.filter(({ name, partitions }) => [starts, ends].some((found) => found.get(name)?.length !== partitions));
  while (others().length > 0) {
    if (performance.now() > deadline)
      throw new Error(
        `the topics ${others()
          .map(({ name }) => name)
          .join(', ')} have no leader`,
      );
    const [more, moreEnds] = await read(new Map(others().map(({ name, partitions }) => [name, partitions])));
    starts = merge(starts, more);
    ends = merge(ends, moreEnds);
    if (others().length === 0) break;
    await sleep(2);
    topics = (await readMetadata(client)).topics.filter(({ internal }) => !internal);
  }
  return { topics: new Map(topics.map((topic) => toEntry(topic, starts, ends))), groups: new Set(groups) };
}

/** Topics that have come, gone or been written to; also those whose records somebody has deleted. */
export function changedTopics(before: Look, now: Look): readonly string[] {
  const names = new Set([...before.topics.keys(), ...now.topics.keys()]);
  return [...names].filter((name) => !isSame(before.topics.get(name), now.topics.get(name)));
}

export function isSame(one: TopicLook | undefined, other: TopicLook | undefined): boolean {
  const positions = (topic: TopicLook | undefined) => topic && [topic.id, topic.starts, topic.ends].join(' ');
  return positions(one) === positions(other);
}

export function isEmpty(topic: TopicLook | undefined): boolean {
  return topic?.starts.every((start, index) => start === topic.ends[index]) ?? false;
}

function merge(one: Offsets, more: Offsets): Offsets {
  return new Map([...one, ...more]);
}

function toEntry({ name, id }: TopicMetadata, starts: Offsets, ends: Offsets): readonly [string, TopicLook] {
  return [name, { id, starts: starts.get(name) ?? [], ends: ends.get(name) ?? [] }];
}
