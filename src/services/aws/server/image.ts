import type { Account } from './account.ts';
import type { SqsMessage, SqsQueue } from './fauxqs.ts';
import type { Sent } from './journal.ts';

/** A state of an account. Bodies are shared with it: it never changes one in place. */
export interface Image {
  /** All but objects, by keys that are unique in it. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** By bucket and key. There may be many, so that a state has nothing of its own for each. */
  readonly objects: ReadonlyMap<string, ReadonlyMap<string, Stored>>;
}
export interface Entry {
  /** For people: `message in orders: ...`. */
  readonly title: string;
  /** Differs when the thing does. */
  readonly stamp: string;
  /** Buckets, queues and topics come before what is in them. */
  readonly holder: boolean;
  put(account: Account): void;
  readonly sent?: Sent;
}

export function readImage(account: Account): Image {
  const entries = new Map<string, Entry>();
  readBuckets(account, entries);
  for (const queue of account.sqs.allQueues()) readQueue(queue, entries);
  readTopics(account, entries);
  const objects = [...privateOf(account.s3).buckets].map(([bucket, stored]) => [bucket, new Map(stored)] as const);
  return { entries, objects: new Map(objects) };
}

/** Puts the account into this state. A queue that is in both stays the same one, so that whoever polls it goes on. */
export function writeImage(account: Account, { entries, objects }: Image): void {
  account.s3.purgeAll();
  account.sns.purgeAll();
  for (const queue of [...account.sqs.allQueues()]) {
    if (!entries.has(`queue ${queue.arn}`)) account.sqs.deleteQueue(queue.url);
    queue.purge();
    queue.deduplicationCache.clear();
  }
  for (const holder of [true, false]) for (const entry of entries.values()) if (entry.holder === holder) entry.put(account);
  const { buckets } = privateOf(account.s3);
  for (const [bucket, stored] of objects) if (buckets.has(bucket)) buckets.set(bucket, new Map(stored));
  account.journal.restart([...entries.values()].flatMap(({ sent }) => sent ?? []));
  account.sqs.processAllTimers(); // wakes those who poll
  account.touch();
}

export interface Differences {
  readonly entries: readonly Difference<Entry>[];
  readonly objects: readonly (Difference<Stored> & { readonly bucket: string })[];
}
interface Difference<T> {
  readonly key: string;
  readonly before: T | undefined;
  readonly after: T | undefined;
}

export function compareImages(before: Image, after: Image): Differences {
  const buckets = new Set([...before.objects.keys(), ...after.objects.keys()]);
  const none = new Map<string, Stored>();
  return {
    entries: compare(before.entries, after.entries, (one, other) => one.stamp === other.stamp),
    objects: [...buckets].flatMap((bucket) => {
      const [old, now] = [before.objects.get(bucket) ?? none, after.objects.get(bucket) ?? none];
      return compare(old, now, (one, other) => one === other).map((difference) => ({ ...difference, bucket }));
    }),
  };
}

function compare<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>, same: (one: T, other: T) => boolean) {
  const differences: Difference<T>[] = [];
  for (const [key, entry] of before) if (!after.has(key)) differences.push({ key, before: entry, after: undefined });
  for (const [key, entry] of after) {
    const old = before.get(key);
    if (old === undefined || !same(old, entry)) differences.push({ key, before: old, after: entry });
  }
  return differences;
}

/** `image` with these differences: what both have changed is as after them. */
export function patchImage(image: Image, { entries, objects }: Differences): Image {
  const patched = new Map([...image.objects].map(([bucket, stored]) => [bucket, new Map(stored)]));
  for (const { bucket, ...difference } of objects) {
    const stored = patched.get(bucket) ?? new Map<string, Stored>();
    patched.set(bucket, stored);
    apply(stored, difference);
  }
  const others = new Map(image.entries);
  for (const difference of entries) apply(others, difference);
  return { entries: others, objects: patched };
}

function apply<T>(map: Map<string, T>, { key, after }: Difference<T>): void {
  if (after === undefined) map.delete(key);
  else map.set(key, after);
}

function readBuckets({ s3 }: Account, entries: Map<string, Entry>): void {
  for (const { name, creationDate } of s3.listBuckets()) {
    const lifecycle = s3.getBucketLifecycleConfiguration(name);
    entries.set(`bucket ${name}`, {
      title: `bucket ${name}`,
      stamp: `${creationDate.getTime()} ${lifecycle}`,
      holder: true,
      put(account) {
        account.s3.createBucket(name);
        account.s3.setBucketCreationDate(name, creationDate);
        if (lifecycle !== undefined) account.s3.restoreBucketLifecycleConfiguration(name, lifecycle);
      },
    });
  }
  for (const upload of privateOf(s3).multipartUploads.values()) {
    const parts = new Map(upload.parts);
    entries.set(`upload ${upload.uploadId}`, {
      title: `upload of ${upload.bucket}/${upload.key}`,
      stamp: [...parts.values()].map(({ partNumber, etag }) => `${partNumber} ${etag}`).join(),
      holder: false,
      put: (account) => account.s3.restoreMultipartUpload({ ...upload, parts: new Map(parts) }),
    });
  }
}

function readQueue(queue: SqsQueue, entries: Map<string, Entry>): void {
  const { name, url, arn, sequenceCounter } = queue;
  const [attributes, tags] = [{ ...queue.attributes }, Object.fromEntries(queue.tags)];
  entries.set(`queue ${arn}`, {
    title: `queue ${name}`,
    stamp: JSON.stringify([attributes, tags, sequenceCounter]),
    holder: true,
    put({ sqs }) {
      const there = sqs.getQueueByArn(arn) ?? sqs.createQueue(name, url, arn);
      there.attributes = { ...attributes };
      there.tags = new Map(Object.entries(tags));
      there.sequenceCounter = sequenceCounter;
    },
  });
  const { ready, delayed, inflight } = queue.inspectMessages();
  const keep = (message: SqsMessage, place: keyof typeof PLACES, receipt = '', deadline = 0) => {
    const copy = { ...message };
    entries.set(`message ${arn} ${copy.messageId}`, {
      title: `message in ${name}: ${copy.body.slice(0, 80)}`,
      stamp: `${place} ${copy.approximateReceiveCount} ${receipt} ${deadline}`,
      holder: false,
      put({ sqs }) {
        const there = sqs.getQueueByArn(arn);
        if (there) PLACES[place](there, { ...copy }, receipt, deadline);
      },
      sent: {
        kind: 'queue',
        source: name,
        id: copy.messageId,
        body: copy.body,
        attributes: copy.messageAttributes,
        at: copy.sentTimestamp,
      },
    });
  };
  for (const message of ready) keep(message, 'ready');
  for (const message of delayed) keep(message, 'delayed');
  for (const { message, receiptHandle, visibilityDeadline } of inflight)
    keep(message, 'inFlight', receiptHandle, visibilityDeadline);
}

const PLACES = { ready: putReady, delayed: putDelayed, inFlight: putInFlight };

function putReady(queue: SqsQueue, message: SqsMessage): void {
  remember(queue, message);
  if (queue.isFifo()) group(queue.fifoMessages, message).push(message);
  else queue.messages.push(message);
}

function putDelayed(queue: SqsQueue, message: SqsMessage): void {
  remember(queue, message);
  if (queue.isFifo()) group(queue.fifoDelayed, message).push(message);
  else queue.delayedMessages.push(message);
}

function putInFlight(queue: SqsQueue, message: SqsMessage, receiptHandle: string, visibilityDeadline: number): void {
  remember(queue, message);
  queue.inflightMessages.set(receiptHandle, { message, receiptHandle, visibilityDeadline });
  const { messageGroupId } = message;
  if (messageGroupId) queue.fifoLockedGroups.set(messageGroupId, (queue.fifoLockedGroups.get(messageGroupId) ?? 0) + 1);
}

/** What is in the state has been sent within the window of deduplication. */
function remember(queue: SqsQueue, { messageDeduplicationId, messageId, sequenceNumber }: SqsMessage): void {
  if (messageDeduplicationId) queue.recordDeduplication(messageDeduplicationId, messageId, sequenceNumber);
}

function group(groups: Map<string, SqsMessage[]>, { messageGroupId = '__default' }: SqsMessage): SqsMessage[] {
  const messages = groups.get(messageGroupId) ?? [];
  groups.set(messageGroupId, messages);
  return messages;
}

function readTopics({ sns }: Account, entries: Map<string, Entry>): void {
  for (const topic of sns.topics.values()) {
    const { arn, name } = topic;
    const [attributes, tags] = [{ ...topic.attributes }, [...topic.tags]];
    entries.set(`topic ${arn}`, {
      title: `topic ${name}`,
      stamp: JSON.stringify([attributes, tags]),
      holder: true,
      put: (account) =>
        void account.sns.topics.set(arn, {
          arn,
          name,
          attributes: { ...attributes },
          tags: new Map(tags),
          subscriptionArns: [],
        }),
    });
  }
  for (const { parsedFilterPolicy: _, ...subscription } of sns.subscriptions.values()) {
    const attributes = { ...subscription.attributes };
    entries.set(`subscription ${subscription.arn}`, {
      title: `subscription of ${subscription.endpoint} to ${subscription.topicArn}`,
      stamp: JSON.stringify([attributes, subscription.confirmed]),
      holder: false,
      put(account) {
        const topic = account.sns.getTopic(subscription.topicArn);
        if (!topic) return;
        topic.subscriptionArns.push(subscription.arn);
        account.sns.subscriptions.set(subscription.arn, { ...subscription, attributes: { ...attributes } });
      },
    });
  }
}

type Stored = Parameters<Account['s3']['restoreObject']>[1];
type Upload = Parameters<Account['s3']['restoreMultipartUpload']>[0];

/** Its own listing sorts, and has no uploads. */
function privateOf(s3: Account['s3']) {
  return s3 as unknown as { readonly buckets: Map<string, Map<string, Stored>>; readonly multipartUploads: Map<string, Upload> };
}
