import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { ConnectionFields } from '../../src/core/connection.ts';
import type { ConfiguredService } from '../../src/core/service.ts';
import type { ConformanceServer, ConformanceSubject } from '../../src/testing/service-conformance.ts';

export interface AwsClients extends Disposable {
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
}

/** The SDK's own clients, with what the environment would give them. */
export function awsClients({ url, region = '' }: ConnectionFields): AwsClients {
  const options = { endpoint: url, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  const clients = { s3: new S3Client(options), sqs: new SQSClient(options), sns: new SNSClient(options) };
  return {
    ...clients,
    [Symbol.dispose]: () => {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}

export function awsSubject(service: ConfiguredService, start: () => Promise<ConformanceServer>): ConformanceSubject {
  return {
    service,
    start,
    envNames: ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3', 'AWS_ACCESS_KEY_ID', 'AWS_REGION', 'SPRING_CLOUD_AWS_ENDPOINT'],
    write: async (fields, key) => {
      using clients = awsClients(fields);
      await clients.s3.send(new CreateBucketCommand({ Bucket: key }));
    },
    has: async (fields, key) => {
      using clients = awsClients(fields);
      const answer = await clients.s3.send(new HeadBucketCommand({ Bucket: key })).catch((error: Error) => error.name);
      if (typeof answer !== 'string') return true;
      if (answer === 'NotFound') return false;
      throw new Error(answer);
    },
  };
}
