import { expect, test } from 'vitest';
import { aws } from '../../src/services/aws/index.ts';
import { s3Operation } from '../../src/services/aws/server/s3-operation.ts';
import { resolveFiles } from '../helpers/project.ts';

test.each([
  [{ 'package.json': '{"dependencies":{"@aws-sdk/client-sqs":"3"}}' }, ['package.json (@aws-sdk/client-sqs)']],
  [{ 'requirements.txt': 'celery[sqs]\n' }, ['requirements.txt (celery[sqs])']],
  [{ 'requirements.txt': 'boto3\n' }, []], // serves all of AWS, and is mocked in the process
])('AWS is seen by clients of what is emulated: %j', async (files, origins) => {
  const { services } = await resolveFiles(files);
  expect(services.map(({ kind, origin }) => [kind, origin])).toEqual(origins.map((origin) => ['aws', origin]));
});

test('of a LocalStack in a compose file, services and region are taken, and what is left out is said', () => {
  const reading = aws.fromCompose({
    name: 'cloud',
    tag: '3',
    environment: { SERVICES: 's3, sqs,kinesis', DEFAULT_REGION: 'eu-west-1' },
    command: [],
    mounts: [
      { source: '/x', target: '/etc/localstack/init/ready.d' },
      { source: '/var/run/docker.sock', target: '/var/run/docker.sock' },
      { source: undefined, target: '/var/lib/localstack' },
    ],
  });
  expect(reading.options).toEqual({ services: ['s3', 'sqs'], region: 'eu-west-1' });
  expect(reading.notes).toEqual([
    expect.stringContaining("cloud runs as Seatrial's emulator of s3, sqs, sns"),
    'SERVICES: kinesis cannot be emulated: calls to them fail with 501',
    expect.stringContaining('the scripts at /etc/localstack/init/ready.d are not run'),
    'the mount at /var/lib/localstack is not used',
  ]);
});

test.each([
  ['GET', '', '', '', 'ListBuckets'],
  ['GET', 'b', '', 'list-type=2&prefix=a', 'ListObjects'],
  ['GET', 'b', '', 'acl', 'GetBucketAcl'],
  ['PUT', 'b', '', 'publicAccessBlock', 'PutPublicAccessBlock'],
  ['PUT', 'b', '', 'object-lock', 'PutObjectLockConfiguration'],
  ['DELETE', 'b', '', 'lifecycle', 'DeleteBucketLifecycle'],
  ['GET', 'b', '', 'uploads', 'ListMultipartUploads'],
  ['PUT', 'b', 'k', '', 'PutObject'],
  ['PUT', 'b', 'k', 'partNumber=1&uploadId=x', 'UploadPart'],
  ['GET', 'b', 'k', 'uploadId=x', 'ListParts'],
  ['PUT', 'b', 'k', 'legal-hold', 'PutObjectLegalHold'],
  ['POST', 'b', 'k', 'select&select-type=2', 'SelectObjectContent'],
  ['PATCH', 'b', 'k', '', 'PATCH on object'],
])('%s of bucket %j, key %j with %j is %s', (method, bucket, key, query, name) => {
  expect(s3Operation({ method, query: Object.fromEntries(new URLSearchParams(query)) }, bucket, key)).toBe(name);
});
