import type { NewMessage, Source } from '../../../core/inspect.ts';
import type { Account } from './account.ts';
import { type SqsMessage, type SqsQueue, snsActions, sqsActions } from './fauxqs.ts';
import type { Sent } from './journal.ts';

/** A message as it goes through the control socket: the body in Base64. */
export interface ToldMessage {
  readonly id: string;
  readonly key?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly at: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export function listSources({ s3, sqs, sns }: Account): readonly Source[] {
  return [
    ...[...sqs.allQueues()].map(({ name }) => ({ name, kind: 'queue' })),
    ...[...sns.topics.values()].map(({ name }) => ({ name, kind: 'topic' })),
    ...s3.listBuckets().map(({ name }) => ({ name, kind: 'bucket' })),
  ];
}

/** Of a queue and a topic, also what has been consumed; of a bucket, the objects that are in it. Takes nothing from consumers. */
export function readMessages(account: Account, source: string): readonly ToldMessage[] {
  const { name, kind } = findSource(account, source);
  if (kind === 'bucket') return readObjects(account, name);
  if (kind === 'topic') return account.journal.of('topic', name).map((sent) => toMessage(sent, { subject: sent.subject }));
  const queue = account.sqs.getQueueByName(name) as SqsQueue;
  queue.processTimers();
  const { ready, delayed, inflight } = queue.inspectMessages();
  const states = new Map<string, { readonly state: string; readonly message: SqsMessage }>([
    ...ready.map((message) => [message.messageId, { state: 'ready', message }] as const),
    ...delayed.map((message) => [message.messageId, { state: 'delayed', message }] as const),
    ...inflight.map(({ message }) => [message.messageId, { state: 'in flight', message }] as const),
  ]);
  return account.journal.of('queue', name).map((sent) => {
    const now = states.get(sent.id);
    const { approximateReceiveCount: receives, messageGroupId: group } = now?.message ?? {};
    const state = now?.state ?? (account.journal.wentDead(name, sent.id) ? 'dead-lettered' : 'deleted');
    return toMessage(sent, { state, receives, group });
  });
}

export async function putMessage(
  account: Account,
  source: string,
  message: Omit<NewMessage, 'body'> & { body: string },
): Promise<void> {
  const { name, kind } = findSource(account, source);
  const { key, headers = {} } = message;
  const body = Buffer.from(message.body, 'base64');
  if (kind === 'bucket') {
    if (!key) throw new Error(`an object in the bucket ${name} needs a key`);
    const { 'content-type': type, ...metadata } = headers;
    account.s3.putObject(name, key, body, type, metadata);
  } else if (kind === 'queue') {
    const queue = account.sqs.getQueueByName(name) as SqsQueue;
    const attributes = Object.entries(headers).map(([header, value]) => [header, { DataType: 'String', StringValue: value }]);
    await sqsActions.SendMessage?.(
      {
        QueueUrl: queue.url,
        MessageBody: body.toString(),
        MessageAttributes: Object.fromEntries(attributes),
        ...(queue.isFifo() ? { MessageGroupId: key ?? 'seatrial', MessageDeduplicationId: crypto.randomUUID() } : {}),
      },
      account.sqs,
      { headers: {} },
    );
  } else {
    const topic = [...account.sns.topics.values()].find((candidate) => candidate.name === name);
    const attributes = Object.entries(headers).flatMap(([header, value], index) => {
      const entry = `MessageAttributes.entry.${index + 1}`;
      return [
        [`${entry}.Name`, header],
        [`${entry}.Value.DataType`, 'String'],
        [`${entry}.Value.StringValue`, value],
      ];
    });
    account.journal.nextSubject(undefined);
    await snsActions.Publish?.(
      {
        TopicArn: topic?.arn ?? '',
        Message: body.toString(),
        ...Object.fromEntries(attributes),
        ...(name.endsWith('.fifo') ? { MessageGroupId: key ?? 'seatrial', MessageDeduplicationId: crypto.randomUUID() } : {}),
      },
      account.sns,
      account.sqs,
      { headers: {} },
    );
  }
  account.touch();
}

/** `orders`, or `bucket:orders` where a queue or topic has that name, too. */
function findSource(account: Account, text: string): Source {
  const [, kind, name = text] = /^(queue|topic|bucket):(.+)$/.exec(text) ?? [];
  const sources = listSources(account);
  const found = sources.find((source) => source.name === name && (kind === undefined || source.kind === kind));
  if (found) return found;
  const names = sources.map((source) => `${source.kind} ${source.name}`).join(', ') || 'nothing';
  throw new Error(`there is no queue, topic or bucket ${text}; there is ${names}`);
}

function toMessage({ id, body, attributes, at }: Sent, details: Readonly<Record<string, unknown>>): ToldMessage {
  const headers = Object.entries(attributes).map(([name, value]) => [name, value.StringValue ?? value.BinaryValue ?? '']);
  return {
    id,
    headers: Object.fromEntries(headers),
    body: Buffer.from(body).toString('base64'),
    at: new Date(at).toISOString(),
    details,
  };
}

function readObjects({ s3 }: Account, bucket: string): readonly ToldMessage[] {
  const { objects } = s3.listObjects(bucket, { maxKeys: Number.POSITIVE_INFINITY });
  const told = objects.map(({ key, body, contentType, metadata, lastModified, etag, contentLength }) => ({
    id: key,
    key,
    headers: { 'content-type': contentType, ...metadata },
    body: body.toString('base64'),
    at: lastModified.toISOString(),
    details: { etag, size: contentLength },
  }));
  return told.sort((one, other) => one.at.localeCompare(other.at));
}
