// S6 with the AWS SDK for JavaScript v3, configured by nothing but the environment.
import assert from 'node:assert/strict';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';

const [s3, sqs] = [new S3Client(), new SQSClient()];
const body = 'id,total\n1,9.97\n';

await s3.send(new CreateBucketCommand({ Bucket: 'invoices' }));
await s3.send(
  new PutObjectCommand({
    Bucket: 'invoices',
    Key: '2026/a b+ü.csv',
    Body: body,
    ContentType: 'text/csv',
    Metadata: { order: '1' },
  }),
);
const object = await s3.send(new GetObjectCommand({ Bucket: 'invoices', Key: '2026/a b+ü.csv' }));
assert.equal(await object.Body.transformToString(), body);
assert.equal(object.ContentType, 'text/csv');
assert.deepEqual(object.Metadata, { order: '1' });
const listed = await s3.send(new ListObjectsV2Command({ Bucket: 'invoices', Prefix: '2026/' }));
assert.deepEqual(
  listed.Contents.map(({ Key, Size }) => [Key, Size]),
  [['2026/a b+ü.csv', body.length]],
);

const { QueueUrl: dead } = await sqs.send(new CreateQueueCommand({ QueueName: 'work-dead' }));
const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ['QueueArn'] }));
const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: Attributes.QueueArn, maxReceiveCount: 2 });
const { QueueUrl } = await sqs.send(
  new CreateQueueCommand({ QueueName: 'work', Attributes: { RedrivePolicy, VisibilityTimeout: '0' } }),
);
const receive = async (url) =>
  (await sqs.send(new ReceiveMessageCommand({ QueueUrl: url, MessageAttributeNames: ['All'] }))).Messages?.[0];

const attribute = { DataType: 'String', StringValue: 'order' };
await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'done', MessageAttributes: { kind: attribute } }));
const done = await receive(QueueUrl);
assert.equal(done.Body, 'done');
assert.deepEqual(done.MessageAttributes.kind, attribute);
await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: done.ReceiptHandle }));
assert.equal(await receive(QueueUrl), undefined);

await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'poison' }));
for (let receives = 1; receives <= 2; receives++) assert.equal((await receive(QueueUrl)).Body, 'poison');
assert.equal(await receive(QueueUrl), undefined);
assert.equal((await receive(dead)).Body, 'poison');

await s3.send(new DeleteObjectCommand({ Bucket: 'invoices', Key: '2026/a b+ü.csv' }));
await assert.rejects(s3.send(new GetObjectCommand({ Bucket: 'invoices', Key: '2026/a b+ü.csv' })), { name: 'NoSuchKey' });
await s3.send(new DeleteBucketCommand({ Bucket: 'invoices' }));
for (const url of [QueueUrl, dead]) await sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
assert.deepEqual((await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'work' }))).QueueUrls ?? [], []);
console.log('S6 holds');
