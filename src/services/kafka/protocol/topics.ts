import type { KafkaClient } from './client.ts';
import { array, bool, compactString, int8, int16, int32, int64, string, uvarint } from './encode.ts';
import { CODES, check } from './errors.ts';

export interface Metadata {
  readonly brokers: readonly { readonly host: string; readonly port: number; readonly rack: string | undefined }[];
  readonly topics: readonly TopicMetadata[];
}
export interface TopicMetadata {
  readonly name: string;
  /** Another one when the topic was deleted and made again. */
  readonly id: string;
  readonly internal: boolean;
  readonly error: number;
  readonly partitions: number;
}

const TIMEOUT_MS = int32(30_000);
const NO_TAGS = uvarint(0);

/** The broker, and all topics or those named; `create` makes one that is missing, where the broker does so by itself. */
export async function readMetadata(client: KafkaClient, topics?: readonly string[], create = false): Promise<Metadata> {
  const named = topics?.map((name) => Buffer.concat([Buffer.alloc(16), compactString(name), NO_TAGS]));
  const list = named ? Buffer.concat([uvarint(named.length + 1), ...named]) : uvarint(0);
  const body = Buffer.concat([list, bool(create), bool(false), NO_TAGS]);
  const from = await client.send({ api: 3, version: 12, flexible: true, body });
  from.int32();
  const brokers = from.compactArray(() => {
    from.int32();
    const broker = { host: from.compactString() ?? '', port: from.int32(), rack: from.compactString() };
    from.tags();
    return broker;
  });
  from.compactString();
  from.int32();
  const found = from.compactArray(() => {
    const error = from.int16();
    const name = from.compactString() ?? '';
    const id = from.bytes(16).toString('hex');
    const internal = from.bool();
    const partitions = from.compactArray(() => {
      from.int16();
      for (let i = 0; i < 3; i++) from.int32();
      for (let i = 0; i < 3; i++) from.compactArray(() => from.int32());
      from.tags();
    });
    from.int32();
    from.tags();
    return { name, id, internal, error, partitions: partitions.length };
  });
  return { brokers, topics: found };
}

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  readonly configs?: ReadonlyMap<string, string>;
}

/** Makes topics; one that is there already is an error. */
export async function createTopics(client: KafkaClient, topics: readonly NewTopic[]): Promise<void> {
  if (topics.length === 0) return;
  const items = topics.map(({ name, partitions, configs = new Map() }) =>
    Buffer.concat([
      string(name),
      int32(partitions),
      int16(1),
      array([]),
      array([...configs].map(([key, value]) => Buffer.concat([string(key), string(value)]))),
    ]),
  );
  const from = await client.send({ api: 19, version: 2, body: Buffer.concat([array(items), TIMEOUT_MS, bool(false)]) });
  from.int32();
  from.array(() => {
    const name = from.string();
    check(from.int16(), `topic ${name} could not be made`, from.nullableString());
  });
}

/** Deletes topics; one that is not there is none. */
export async function deleteTopics(client: KafkaClient, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const from = await client.send({ api: 20, version: 1, body: Buffer.concat([array(names.map(string)), TIMEOUT_MS]) });
  from.int32();
  from.array(() => {
    const name = from.string();
    const code = from.int16();
    if (code !== CODES.unknownTopic) check(code, `topic ${name} could not be deleted`);
  });
}

/** Settings that a topic has of its own. */
export async function readTopicConfigs(
  client: KafkaClient,
  names: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  if (names.length === 0) return new Map();
  const topic = 2;
  const resources = names.map((name) => Buffer.concat([int8(topic), string(name), int32(-1)]));
  const from = await client.send({ api: 32, version: 1, body: Buffer.concat([array(resources), bool(false)]) });
  from.int32();
  const ofTopic = 1;
  return new Map(
    from.array(() => {
      check(from.int16(), 'the settings of a topic could not be read', from.nullableString());
      from.int8();
      const name = from.string();
      const configs = from.array((): readonly [string, string | undefined, number] => {
        const key = from.string();
        const value = from.nullableString();
        from.bool();
        const source = from.int8();
        from.bool();
        from.array(() => {
          from.string();
          from.nullableString();
          from.int8();
        });
        return [key, value, source];
      });
      const own = configs.flatMap(([key, value, source]): [string, string][] =>
        source === ofTopic && value !== undefined ? [[key, value]] : [],
      );
      return [name, new Map(own)] as const;
    }),
  );
}

/** Positions by topic, in the order of partitions. */
export type Offsets = ReadonlyMap<string, readonly number[]>;

/** The first position that is left (`start`), or the next one to be written (`end`), of topics with so many partitions. A topic that has gone is left out. */
export async function readOffsets(
  client: KafkaClient,
  edge: 'start' | 'end',
  topics: ReadonlyMap<string, number>,
): Promise<Offsets> {
  if (topics.size === 0) return new Map();
  const time = int64(edge === 'end' ? -1 : -2);
  const items = [...topics].map(([name, partitions]) =>
    Buffer.concat([string(name), array(Array.from({ length: partitions }, (_, index) => Buffer.concat([int32(index), time])))]),
  );
  const from = await client.send({ api: 2, version: 1, body: Buffer.concat([int32(-1), array(items)]) });
  const found = new Map<string, number[]>();
  from.array(() => {
    const name = from.string();
    const offsets: number[] = [];
    let gone = false;
    from.array(() => {
      const partition = from.int32();
      if (from.int16() !== 0) gone = true;
      from.int64();
      offsets[partition] = from.int64();
    });
    if (!gone) found.set(name, offsets);
  });
  return found;
}

/** Makes everything before these positions unreadable. */
export async function deleteRecords(client: KafkaClient, before: Offsets): Promise<void> {
  if (before.size === 0) return;
  const items = [...before].map(([name, offsets]) =>
    Buffer.concat([string(name), array(offsets.map((offset, index) => Buffer.concat([int32(index), int64(offset)])))]),
  );
  const from = await client.send({ api: 21, version: 0, body: Buffer.concat([array(items), TIMEOUT_MS]) });
  from.int32();
  from.array(() => {
    const name = from.string();
    from.array(() => {
      from.int32();
      from.int64();
      check(from.int16(), `records of ${name} could not be deleted`);
    });
  });
}

/** Makes the broker make the topics in which it keeps positions of groups and states of transactions: the first test would wait for that. */
export async function findCoordinator(client: KafkaClient, kind: 'group' | 'transaction'): Promise<void> {
  const body = Buffer.concat([string('seatrial'), int8(kind === 'group' ? 0 : 1)]);
  const from = await client.send({ api: 10, version: 1, body });
  from.int32();
  check(from.int16(), `there is no coordinator of a ${kind}`, from.nullableString());
}

export async function listGroups(client: KafkaClient): Promise<readonly string[]> {
  const from = await client.send({ api: 16, version: 0, body: Buffer.alloc(0) });
  check(from.int16(), 'groups could not be listed');
  return from.array(() => {
    const name = from.string();
    from.string();
    return name;
  });
}

/** Deletes groups with their positions; one that has members stays. */
export async function deleteGroups(client: KafkaClient, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const from = await client.send({ api: 42, version: 0, body: array(names.map(string)) });
  from.int32();
  from.array(() => {
    const name = from.string();
    const code = from.int16();
    if (code !== CODES.nonEmptyGroup && code !== CODES.groupNotFound) check(code, `group ${name} could not be deleted`);
  });
}
