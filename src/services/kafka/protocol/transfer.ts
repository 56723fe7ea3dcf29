import type { KafkaClient } from './client.ts';
import { array, bytes, int8, int16, int32, int64, nullString, string } from './encode.ts';
import { check } from './errors.ts';
import type { Reader } from './reader.ts';
import { type Batch, splitBatches } from './records.ts';

const MAX_BYTES = 32 * 1024 * 1024;
const READ_COMMITTED = 1;

export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}
export interface Fetched {
  readonly topic: string;
  readonly partition: number;
  /** Committed ones only, from the position on; the first may begin before it. */
  readonly batches: readonly Batch[];
  /** Where to go on. */
  readonly next: number;
  readonly error: number;
}

/** Reads on from each position, as a consumer that sees committed records only; waits up to `waitMs` for the first. No group is involved. */
export async function fetchBatches(
  client: KafkaClient,
  positions: readonly Position[],
  waitMs: number,
): Promise<readonly Fetched[]> {
  const topics = [...Map.groupBy(positions, ({ topic }) => topic)].map(([topic, list]) =>
    Buffer.concat([
      string(topic),
      array(list.map(({ partition, offset }) => Buffer.concat([int32(partition), int64(offset), int32(MAX_BYTES)]))),
    ]),
  );
  const body = Buffer.concat([int32(-1), int32(waitMs), int32(1), int32(MAX_BYTES), int8(READ_COMMITTED), array(topics)]);
  const from = await client.send({ api: 1, version: 4, body });
  from.int32();
  return from
    .array(() => {
      const topic = from.string();
      return from.array(() => readPartition(from, topic, positions));
    })
    .flat();
}

function readPartition(from: Reader, topic: string, positions: readonly Position[]): Fetched {
  const partition = from.int32();
  const error = from.int16();
  from.int64();
  from.int64();
  const aborted = from.array(() => ({ producerId: from.int64(), first: from.int64() }));
  const all = splitBatches(from.nullableBytes());
  const at = positions.find((one) => one.topic === topic && one.partition === partition)?.offset ?? 0;
  const last = all.at(-1);
  return { topic, partition, error, batches: committed(all, aborted), next: last ? last.lastOffset + 1 : at };
}

/** Without those of transactions that were given up, and without the marks by which transactions end. */
function committed(batches: readonly Batch[], aborted: readonly { producerId: number; first: number }[]): readonly Batch[] {
  const waiting = aborted.toSorted((a, b) => a.first - b.first);
  const givenUp = new Set<number>();
  return batches.filter((batch) => {
    while (waiting[0] && waiting[0].first <= batch.lastOffset)
      givenUp.add((waiting.shift() as { producerId: number }).producerId);
    if (batch.control) givenUp.delete(batch.producerId);
    return !batch.control && !(batch.transactional && givenUp.has(batch.producerId));
  });
}

/** Appends batches to one partition each. */
export async function produce(
  client: KafkaClient,
  batches: readonly { readonly topic: string; readonly partition: number; readonly bytes: Buffer }[],
): Promise<void> {
  if (batches.length === 0) return;
  const topics = [...Map.groupBy(batches, ({ topic }) => topic)].map(([topic, list]) =>
    Buffer.concat([string(topic), array(list.map((one) => Buffer.concat([int32(one.partition), bytes(one.bytes)])))]),
  );
  const body = Buffer.concat([nullString(), int16(-1), int32(30_000), array(topics)]);
  const from = await client.send({ api: 0, version: 3, body });
  from.array(() => {
    const topic = from.string();
    from.array(() => {
      from.int32();
      const error = from.int16();
      from.int64();
      from.int64();
      check(error, `nothing could be written to ${topic}`);
    });
  });
}
