import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetBucketAclCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { CreatePlatformApplicationCommand, PublishCommand, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { createFetcher } from '../../../src/artifacts/fetcher.ts';
import type { ConnectionFields } from '../../../src/core/connection.ts';
import { createEmbeddedDriver } from '../../../src/drivers/embedded/index.ts';
import { aws } from '../../../src/services/aws/index.ts';
import { type AwsClients, awsClients, awsSubject } from '../../helpers/aws-subject.ts';
import { describeService } from '../../helpers/describe-service.ts';
import { findSpec, launchService, startConfigured, toRequest } from '../../helpers/launch-service.ts';

const driver = createEmbeddedDriver(createFetcher({}));
const service = aws.configure(
  toRequest({
    options: {
      region: 'eu-central-1',
      buckets: ['uploads'],
      queues: ['jobs.fifo'],
      deadLetters: { orders: 'orders-dead' },
      maxReceives: 1,
      subscriptions: { events: ['orders', 'audit'] },
      rawDelivery: true,
    },
  }),
);
const found = await findSpec(driver, service);
if ('why' in found) throw new Error(found.why);

const subject = awsSubject(service, () => launchService(driver, service, found.spec));
describeService('AWS, embedded', subject, (server) => {
  const withClients = async (work: (clients: AwsClients, fields: ConnectionFields) => Promise<void>) => {
    const fields = service.fields(server().endpoint);
    using clients = awsClients(fields);
    await work(clients, fields);
  };

  it('has the buckets, queues and topics of its options from the start, with their dead letters and subscriptions', () =>
    withClients(async ({ s3, sqs, sns }) => {
      const { Buckets } = await s3.send(new ListBucketsCommand());
      expect(Buckets?.map(({ Name }) => Name)).toContain('uploads');
      await sns.send(new PublishCommand({ TopicArn: 'arn:aws:sns:eu-central-1:000000000000:events', Message: 'placed' }));
      for (const QueueName of ['orders', 'audit']) {
        const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
        const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0 }));
        expect(Messages?.map(({ Body }) => Body)).toEqual(['placed']);
      }
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'orders' }));
      expect((await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages ?? []).toEqual([]);
      const { QueueUrl: dead } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'orders-dead' }));
      expect((await sqs.send(new ReceiveMessageCommand({ QueueUrl: dead }))).Messages?.map(({ Body }) => Body)).toEqual([
        'placed',
      ]);
    }));

  it('keeps the order within a group of a FIFO queue, and takes a message with the same id once', () =>
    withClients(async ({ sqs }) => {
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'jobs.fifo' }));
      for (const [MessageBody, MessageDeduplicationId] of [
        ['one', '1'],
        ['one again', '1'],
        ['two', '2'],
      ])
        await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageDeduplicationId, MessageGroupId: 'g' }));
      const receive = async () => (await sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 60 }))).Messages;
      expect((await receive())?.map(({ Body }) => Body)).toEqual(['one']);
      expect(await receive()).toBeUndefined(); // the group waits for what is in flight
    }));

  it('wakes whoever polls a queue as soon as a message is there', () =>
    withClients(async ({ sqs }) => {
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'audit' }));
      const polling = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'wake up' }));
      expect((await polling).Messages).toHaveLength(1);
    }));

  it('leaves a message to others when whoever polled for it has gone', () =>
    withClients(async ({ sqs }) => {
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'polled' }));
      const headers = { 'x-amz-target': 'AmazonSQS.ReceiveMessage' };
      const polling = http.request(QueueUrl ?? '', { method: 'POST', headers, agent: false });
      polling.end(JSON.stringify({ QueueUrl, WaitTimeSeconds: 20 }));
      await once(polling, 'finish');
      const closed = new Promise<void>((resolve) => polling.on('error', () => {}).once('close', resolve));
      await sqs.send(new GetQueueUrlCommand({ QueueName: 'audit' })); // whoever answers this has heard of the poll before
      polling.destroy();
      await closed;
      await sqs.send(new GetQueueUrlCommand({ QueueName: 'audit' }));
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'for the living' }));
      const received = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 2, MessageSystemAttributeNames: ['ApproximateReceiveCount'] }),
      );
      expect(received.Messages).toMatchObject([{ Body: 'for the living', Attributes: { ApproximateReceiveCount: '1' } }]);
    }));

  it('joins the parts of an upload, copies objects, and answers ranges', () =>
    withClients(async ({ s3 }) => {
      const at = { Bucket: 'uploads', Key: 'dir/big file+ü.bin' };
      const parts = [Buffer.alloc(5 << 20, 'a'), Buffer.from('the end')];
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand(at));
      const sent = await Promise.all(
        parts.map(async (Body, index) => {
          const { ETag } = await s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber: index + 1, Body }));
          return { ETag, PartNumber: index + 1 };
        }),
      );
      await s3.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts: sent } }));
      const CopySource = `uploads/${encodeURIComponent(at.Key)}`;
      await s3.send(new CopyObjectCommand({ Bucket: 'uploads', Key: 'copy', CopySource }));
      const { ContentLength } = await s3.send(new HeadObjectCommand({ Bucket: 'uploads', Key: 'copy' }));
      expect(ContentLength).toBe((5 << 20) + 7);
      const end = await s3.send(new GetObjectCommand({ Bucket: 'uploads', Key: 'copy', Range: 'bytes=-7' }));
      expect(await end.Body?.transformToString()).toBe('the end');
      const other = await s3.send(new CreateMultipartUploadCommand({ ...at, Key: 'given-up' }));
      await s3.send(new AbortMultipartUploadCommand({ ...at, Key: 'given-up', UploadId: other.UploadId }));
    }));

  it('puts an object only when the condition holds', () =>
    withClients(async ({ s3 }) => {
      const put = (Body: string, condition: object) =>
        s3.send(new PutObjectCommand({ Bucket: 'uploads', Key: 'once', Body, ...condition }));
      const { ETag } = await put('first', { IfNoneMatch: '*' });
      await expect(put('second', { IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
      await put('second', { IfMatch: ETag });
      await expect(put('third', { IfMatch: ETag })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    }));

  it('serves presigned URLs until they expire, in path style and with the bucket in the host', () =>
    withClients(async ({ s3 }, { url }) => {
      await s3.send(new PutObjectCommand({ Bucket: 'uploads', Key: 'a.txt', Body: 'hello' }));
      const stamp = (ms: number) => new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '');
      const signed = (ms: number) =>
        `X-Amz-Date=${stamp(ms)}&X-Amz-Expires=60&X-Amz-Signature=0&response-content-type=text%2Fcsv`;
      const answer = await fetch(`${url}/uploads/a.txt?${signed(Date.now())}`);
      expect([await answer.text(), answer.headers.get('content-type')]).toEqual(['hello', 'text/csv']);
      expect((await fetch(`${url}/uploads/a.txt?${signed(Date.now() - 120_000)}`)).status).toBe(403);
      const { port } = new URL(url);
      const inHost = { port, path: '/a.txt', headers: { host: `uploads.localhost:${port}` } };
      const [response] = (await once(http.get(inHost), 'response')) as [http.IncomingMessage];
      expect(await text(response)).toBe('hello');
    }));

  it('fails for what it does not know with 501 and the name of the call, and leaves all as it was', () =>
    withClients(async ({ s3, sqs, sns }) => {
      const at = { Bucket: 'uploads', Key: 'kept' };
      await s3.send(new PutObjectCommand({ ...at, Body: 'as it was' }));
      const TopicArn = 'arn:aws:sns:eu-central-1:000000000000:events';
      const calls: Record<string, () => Promise<unknown>> = {
        's3:GetBucketAcl': () => s3.send(new GetBucketAclCommand({ Bucket: 'uploads' })),
        's3:PutBucketVersioning': () =>
          s3.send(new PutBucketVersioningCommand({ Bucket: 'uploads', VersioningConfiguration: { Status: 'Enabled' } })),
        's3:ListObjectVersions': () => s3.send(new ListObjectVersionsCommand({ Bucket: 'uploads' })),
        's3:PutObjectAcl': () => s3.send(new PutObjectAclCommand({ ...at, ACL: 'private' })),
        's3:PutObjectTagging': () => s3.send(new PutObjectTaggingCommand({ ...at, Tagging: { TagSet: [] } })),
        's3:ListParts': () => s3.send(new ListPartsCommand({ ...at, UploadId: 'x' })),
        's3:GetObject with versionId': () => s3.send(new GetObjectCommand({ ...at, VersionId: 'x' })),
        's3:PutObject with x-amz-tagging': () => s3.send(new PutObjectCommand({ ...at, Tagging: 'a=b' })),
        's3:CreateBucket with x-amz-bucket-object-lock-enabled': () =>
          s3.send(new CreateBucketCommand({ Bucket: 'locked', ObjectLockEnabledForBucket: true })),
        'sqs:StartMessageMoveTask': () =>
          sqs.send(new StartMessageMoveTaskCommand({ SourceArn: 'arn:aws:sqs:eu-central-1:000000000000:orders' })),
        'sns:CreatePlatformApplication': () =>
          sns.send(new CreatePlatformApplicationCommand({ Name: 'a', Platform: 'GCM', Attributes: {} })),
        'sns:Subscribe with the protocol https': () =>
          sns.send(new SubscribeCommand({ TopicArn, Protocol: 'https', Endpoint: 'https://example.org' })),
        'sns:Publish with PhoneNumber': () => sns.send(new PublishCommand({ PhoneNumber: '+49123', Message: 'hi' })),
        'sns:Publish with MessageStructure': () =>
          sns.send(new PublishCommand({ TopicArn, MessageStructure: 'json', Message: '{"default":"hi"}' })),
      };
      for (const [name, call] of Object.entries(calls)) {
        const error = (await call().catch((reason: unknown) => reason)) as Error & { $metadata?: { httpStatusCode?: number } };
        expect([name, error.message, error.$metadata?.httpStatusCode]).toEqual([name, expect.stringContaining(`${name}: `), 501]);
      }
      const kept = await s3.send(new GetObjectCommand(at));
      expect(await kept.Body?.transformToString()).toBe('as it was');
    }));

  it('fails in the same way for other services, and for clients that are too old', () =>
    withClients(async (_clients, { url }) => {
      const signed = (of: string) => `AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/${of}/aws4_request, Signature=0`;
      const form = { 'content-type': 'application/x-www-form-urlencoded' };
      for (const [name, path, request] of [
        ['dynamodb:ListTables', '', { headers: { 'x-amz-target': 'DynamoDB_20120810.ListTables' }, body: '{}' }],
        ['awsevents:PutEvents', '', { headers: { 'x-amz-target': 'AWSEvents.PutEvents' }, body: '{}' }],
        ['sqs:SendMessage', '', { headers: form, body: 'Action=SendMessage&Version=2012-11-05&MessageBody=a' }],
        [
          'ec2:RunInstances',
          '',
          { headers: { ...form, authorization: signed('ec2') }, body: 'Action=RunInstances&Version=2016-11-15' },
        ],
        [
          'lambda:POST /2015-03-31/functions/f/invocations',
          '/2015-03-31/functions/f/invocations',
          { headers: { authorization: signed('lambda') }, body: '{}' },
        ],
      ] as const) {
        const answer = await fetch(url + path, { method: 'POST', ...request });
        expect([answer.status, await answer.text()]).toEqual([501, expect.stringContaining(`${name}: `)]);
      }
    }));
});

describe('AWS with some services', () => {
  it('answers for those only', async () => {
    await using started = await startConfigured(aws.configure(toRequest({ options: { services: ['s3'] } })), driver);
    const fields = started.service.fields(started.server.endpoint);
    using clients = awsClients(fields);
    await clients.s3.send(new CreateBucketCommand({ Bucket: 'there' }));
    const send = clients.sqs.send(new GetQueueUrlCommand({ QueueName: 'orders' }));
    await expect(send).rejects.toThrow('sqs:GetQueueUrl: sqs is not among the `services` of the configuration');
    expect(Object.keys(started.service.env(fields))).not.toContain('AWS_ENDPOINT_URL_SQS');
  });

  it.for([
    [{ services: ['s3', 'kinesis'] }, /AWS service kinesis is not emulated/],
    [{ buckets: ['Uploads'] }, /"Uploads" cannot be the name of a bucket/],
    [{ deadLetters: { orders: 'a b' } }, /"a b" cannot be the name of a queue/],
  ] as const)('refuses the options %j', ([options, message]) => {
    expect(() => aws.configure(toRequest({ options }))).toThrow(message);
  });
});
