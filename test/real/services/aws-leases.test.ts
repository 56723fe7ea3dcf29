import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { DeleteTopicCommand, ListSubscriptionsCommand, ListTopicsCommand, PublishCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFetcher } from '../../../src/artifacts/fetcher.ts';
import type { ConnectionFields } from '../../../src/core/connection.ts';
import type { Inspector } from '../../../src/core/inspect.ts';
import type { StateKeeper } from '../../../src/core/reset.ts';
import type { LeaseBook } from '../../../src/core/service.ts';
import { createEmbeddedDriver } from '../../../src/drivers/embedded/index.ts';
import { aws } from '../../../src/services/aws/index.ts';
import { type AwsClients, awsClients } from '../../helpers/aws-subject.ts';
import { type StartedService, startConfigured, toRequest } from '../../helpers/launch-service.ts';

const TOPIC = 'arn:aws:sns:us-east-1:000000000000:events';
const service = aws.configure(
  toRequest({
    options: {
      buckets: ['uploads'],
      queues: ['jobs.fifo'],
      deadLetters: { orders: 'orders-dead' },
      maxReceives: 1,
      subscriptions: { events: 'audit' },
    },
  }),
);

describe('A lease of AWS', () => {
  let started: StartedService | undefined;
  let book: LeaseBook;
  let fields: ConnectionFields;
  let clients: AwsClients;
  let keeper: StateKeeper;
  let inspector: Inspector;
  let count = 0;

  beforeAll(async () => {
    started = await startConfigured(service, createEmbeddedDriver(createFetcher({})));
    const main = service.fields(started.server.endpoint);
    using seeding = awsClients(main);
    await seeding.s3.send(
      new PutObjectCommand({ Bucket: 'uploads', Key: 'seeded', Body: 'by the seed', Metadata: { by: 'seed' } }),
    );
    const { QueueUrl } = await seeding.sqs.send(new GetQueueUrlCommand({ QueueName: 'orders' }));
    await seeding.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'seeded' }));
    if (service.lease.kind === 'database') book = await service.lease.open(started.server.endpoint);
  });
  afterAll(async () => {
    await book?.[Symbol.asyncDispose]();
    await started?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    const id = `lease${++count}`;
    fields = await book.create(id);
    clients = awsClients(fields);
    keeper = (await book.openKeeper?.(id, 'rewind')) as StateKeeper;
    inspector = (await service.inspect?.open(fields)) as Inspector;
    return async () => {
      clients[Symbol.dispose]();
      await keeper[Symbol.asyncDispose]();
      await inspector[Symbol.asyncDispose]();
      await book.drop(id);
    };
  });

  const urlOf = async (QueueName: string) => (await clients.sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl;
  const send = async (queue: string, MessageBody: string, more: object = {}) =>
    clients.sqs.send(new SendMessageCommand({ QueueUrl: await urlOf(queue), MessageBody, ...more }));
  const receive = async (queue: string, more: object = {}) =>
    (await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl: await urlOf(queue), ...more }))).Messages ?? [];
  const put = (Key: string, Body: string) => clients.s3.send(new PutObjectCommand({ Bucket: 'uploads', Key, Body }));
  const objects = async () => (await inspector.messages('uploads')).map(({ id, body }) => `${id}: ${Buffer.from(body)}`).sort();
  const bodies = async (source: string) => (await inspector.messages(source)).map(({ body }) => String(Buffer.from(body)));
  const states = async (queue: string) =>
    (await inspector.messages(queue)).map(({ body, details }) => `${Buffer.from(body)}: ${details?.state}`);

  describe('is taken back after a test', () => {
    it('that has written everywhere', async () => {
      await keeper.enter('test', 'keep');
      await put('seeded', 'overwritten');
      await put('new', 'by the test');
      await clients.s3.send(new CreateBucketCommand({ Bucket: 'other' }));
      await clients.sqs.send(new CreateQueueCommand({ QueueName: 'other' }));
      await clients.sqs.send(
        new SetQueueAttributesCommand({ QueueUrl: await urlOf('audit'), Attributes: { DelaySeconds: '9' } }),
      );
      await clients.sns.send(new PublishCommand({ TopicArn: TOPIC, Message: 'placed' }));
      const [seeded] = await receive('orders');
      await clients.sqs.send(new DeleteMessageCommand({ QueueUrl: await urlOf('orders'), ReceiptHandle: seeded?.ReceiptHandle }));

      const report = await keeper.leave('test');

      expect(report).toMatchObject({ how: 'restore', leaks: [] });
      expect(report.changed).toBeGreaterThan(4);
      expect(await objects()).toEqual(['seeded: by the seed']);
      const { Metadata } = await clients.s3.send(new HeadObjectCommand({ Bucket: 'uploads', Key: 'seeded' }));
      expect(Metadata).toEqual({ by: 'seed' });
      expect((await clients.s3.send(new ListBucketsCommand())).Buckets?.map(({ Name }) => Name)).toEqual(['uploads']);
      const { QueueUrls } = await clients.sqs.send(new ListQueuesCommand());
      expect(QueueUrls?.map((url) => url.split('/').at(-1))).toEqual(['audit', 'jobs.fifo', 'orders', 'orders-dead']);
      expect(await bodies('audit')).toEqual([]);
      await send('audit', 'no delay');
      expect(await receive('audit')).toHaveLength(1);
      expect((await receive('orders')).map(({ Body }) => Body)).toEqual(['seeded']);
    });

    it('that has deleted everything', async () => {
      await keeper.enter('test', 'keep');
      await clients.s3.send(new DeleteObjectCommand({ Bucket: 'uploads', Key: 'seeded' }));
      await clients.s3.send(new DeleteBucketCommand({ Bucket: 'uploads' }));
      for (const queue of ['orders', 'orders-dead', 'audit', 'jobs.fifo'])
        await clients.sqs.send(new DeleteQueueCommand({ QueueUrl: await urlOf(queue) }));
      await clients.sns.send(new DeleteTopicCommand({ TopicArn: TOPIC }));

      await keeper.leave('test');

      expect(await objects()).toEqual(['seeded: by the seed']);
      expect((await clients.sns.send(new ListTopicsCommand())).Topics).toEqual([{ TopicArn: TOPIC }]);
      expect((await clients.sns.send(new ListSubscriptionsCommand())).Subscriptions).toHaveLength(1);
      await clients.sns.send(new PublishCommand({ TopicArn: TOPIC, Message: 'placed' }));
      expect(await receive('audit')).toHaveLength(1);
      expect(await receive('orders', { VisibilityTimeout: 0 })).toHaveLength(1);
      expect(await receive('orders')).toHaveLength(0);
      expect((await receive('orders-dead')).map(({ Body }) => Body)).toEqual(['seeded']); // the policy is back, too
    });

    it('that has written nothing, without doing anything', async () => {
      await keeper.enter('test', 'keep');
      await receive('audit');
      await objects();
      expect(await keeper.leave('test')).toMatchObject({ how: 'none', changed: 0 });
    });

    it('while the app polls a queue, and it hears of the next test', async () => {
      await keeper.enter('test', 'keep');
      await put('new', 'by the test');
      const headers = { 'x-amz-target': 'AmazonSQS.ReceiveMessage' };
      const polling = http.request(fields.url, { method: 'POST', headers });
      polling.end(JSON.stringify({ QueueUrl: await urlOf('audit'), WaitTimeSeconds: 20 }));
      const answered = once(polling, 'response');
      await once(polling, 'finish');
      await inspector.sources(); // whoever answers this has heard of the other before
      await keeper.leave('test');
      await keeper.enter('test', 'keep');
      await send('audit', 'of the next test');
      const [response] = (await answered) as [http.IncomingMessage];
      expect(JSON.parse(await text(response))).toMatchObject({ Messages: [{ Body: 'of the next test' }] });
    });

    it('so that the next one can send to a FIFO queue with the same ids', async () => {
      for (let test = 1; test <= 2; test++) {
        await keeper.enter('test', 'keep');
        await send('jobs.fifo', `of test ${test}`, { MessageGroupId: 'g', MessageDeduplicationId: '1' });
        expect((await receive('jobs.fifo')).map(({ Body }) => Body)).toEqual([`of test ${test}`]);
        await keeper.leave('test');
      }
    });
  });

  it('keeps what fixtures of a file have made until the file is left, also when they run in a test', async () => {
    await keeper.enter('file', 'keep');
    await put('of the file', '1');
    await keeper.enter('test', 'keep');
    await put('of the test', '1');
    await send('audit', 'of the test');
    await keeper.enter('file', 'keep'); // a fixture that runs late
    await send('audit', 'of the file');
    await keeper.enter('test', 'keep');
    await clients.sqs.send(new PurgeQueueCommand({ QueueUrl: await urlOf('audit') }));

    await keeper.leave('test');
    expect(await objects()).toEqual(['of the file: 1', 'seeded: by the seed']);
    expect(await bodies('audit')).toEqual(['of the file']);
    await keeper.leave('file');
    expect(await objects()).toEqual(['seeded: by the seed']);
    expect(await bodies('audit')).toEqual([]);
  });

  it('undoes what comes after the end of a test, and says what it was', async () => {
    await keeper.enter('test', 'keep');
    await keeper.leave('test');
    await put('late', 'x');
    await send('audit', 'late, too');

    const report = await keeper.enter('test', 'undo');

    expect(report?.leaks).toEqual([
      { kind: 'write', text: 'written after the test had ended: object uploads/late, message in audit: late, too' },
    ]);
    expect(await objects()).toEqual(['seeded: by the seed']);
    expect(await bodies('audit')).toEqual([]);
  });

  it('is as new for the next holder once nobody is connected any more', async () => {
    await put('new', 'by a fixture');
    await keeper.enter('test', 'keep');
    await put('new', 'by the test');
    expect(await keeper.renew?.()).toBe(false); // these clients keep their connections
    clients[Symbol.dispose]();
    while (!(await keeper.renew?.()));
    clients = awsClients(fields);
    expect(await objects()).toEqual(['seeded: by the seed']);
  });

  it('goes from one test to the next at once', async () => {
    await keeper.enter('test', 'keep');
    await put('new', 'by the test');
    expect(await keeper.again?.()).toMatchObject({ how: 'restore', changed: 1 });
    await put('newer', 'by the next test');
    expect(await objects()).toEqual(['newer: by the next test', 'seeded: by the seed']);
    await keeper.leave('test');
    expect(await objects()).toEqual(['seeded: by the seed']);
  });

  it('tells what a test has changed', async () => {
    await keeper.enter('test', 'keep');
    await put('seeded', 'overwritten');
    await send('audit', 'sent');
    expect(await keeper.diff?.()).toMatchObject([
      {
        table: 'object',
        op: 'update',
        before: { name: 'uploads/seeded', size: 11 },
        after: { name: 'uploads/seeded', size: 11 },
      },
      { table: 'message', op: 'insert', after: { name: 'in audit: sent' } },
    ]);
  });

  describe('can be looked into', () => {
    it('and the consumer still gets each message, as if nobody had looked', async () => {
      const sent = { MessageAttributes: { kind: { DataType: 'String', StringValue: 'order' } } };
      await send('audit', 'one', sent);
      expect(await inspector.messages('audit')).toMatchObject([
        { source: 'audit', headers: { kind: 'order' }, details: { state: 'ready', receives: 0 } },
      ]);
      const system = { MessageSystemAttributeNames: ['ApproximateReceiveCount'] };
      const [message] = await receive('audit', system);
      expect(message).toMatchObject({ Body: 'one', Attributes: { ApproximateReceiveCount: '1' } });
      expect(await states('audit')).toEqual(['one: in flight']);
      await clients.sqs.send(new DeleteMessageCommand({ QueueUrl: await urlOf('audit'), ReceiptHandle: message?.ReceiptHandle }));
      expect(await states('audit')).toEqual(['one: deleted']);
    });

    it('also where messages go when nobody can handle them', async () => {
      for (let receives = 1; receives <= 2; receives++) await receive('orders', { VisibilityTimeout: 0 });
      expect(await states('orders')).toEqual(['seeded: dead-lettered']);
      expect(await states('orders-dead')).toEqual(['seeded: ready']);
    });

    it('for what a topic was told, and what came of it', async () => {
      await clients.sns.send(new PublishCommand({ TopicArn: TOPIC, Subject: 'Order', Message: 'placed' }));
      expect(await inspector.messages('events')).toMatchObject([{ details: { subject: 'Order' } }]);
      const [envelope = ''] = await bodies('audit');
      expect(JSON.parse(envelope)).toMatchObject({ Type: 'Notification', Subject: 'Order', Message: 'placed', TopicArn: TOPIC });
    });

    it('by names of what is there', async () => {
      expect(await inspector.sources()).toEqual(
        [
          ['queue', ['jobs.fifo', 'orders', 'orders-dead', 'audit']],
          ['topic', ['events']],
          ['bucket', ['uploads']],
        ].flatMap(([kind, names]) => (names as string[]).map((name) => ({ name, kind }))),
      );
      await expect(inspector.messages('nowhere')).rejects.toThrow(
        /there is no queue, topic or bucket nowhere; there is queue jobs.fifo, /,
      );
    });

    it('as soon as something has changed', async () => {
      await inspector.messages('audit');
      const changed = inspector.changed('audit', AbortSignal.timeout(20_000));
      await send('audit', 'news');
      await changed;
      expect(await bodies('audit')).toEqual(['news']);
      await inspector.changed('audit', AbortSignal.abort());
    });

    it('and messages and objects can be put in', async () => {
      const body = Buffer.from('put in');
      await inspector.publish?.('uploads', { body, key: 'a/b.txt', headers: { 'content-type': 'text/plain', by: 'test' } });
      await inspector.publish?.('audit', { body, headers: { kind: 'x' } });
      await inspector.publish?.('jobs.fifo', { body, key: 'group' });
      await inspector.publish?.('events', { body, headers: { kind: 'y' } });
      const object = await clients.s3.send(new GetObjectCommand({ Bucket: 'uploads', Key: 'a/b.txt' }));
      expect(object).toMatchObject({ ContentType: 'text/plain', Metadata: { by: 'test' } });
      const [message] = await receive('audit', { MessageAttributeNames: ['All'] });
      expect(message).toMatchObject({ Body: 'put in', MessageAttributes: { kind: { StringValue: 'x' } } });
      expect(await receive('jobs.fifo')).toHaveLength(1);
      const [notification] = await receive('audit');
      expect(JSON.parse(notification?.Body ?? '')).toMatchObject({ MessageAttributes: { kind: { Value: 'y' } } });
    });
  });
});
