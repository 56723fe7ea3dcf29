import type { ServiceSigns } from '../../core/registry.ts';

/**
 * Loaded with the list of built-in services, so it imports nothing. Only clients of what is emulated; not boto3, which serves every service and
 * which tests often mock in the process: an address in the environment would lead it past the mock.
 */
export const awsSigns: ServiceSigns = {
  defaultName: 'aws',
  schemes: ['sqs'],
  npm: [
    '@aws-sdk/client-s3',
    '@aws-sdk/client-sqs',
    '@aws-sdk/client-sns',
    '@aws-sdk/lib-storage',
    '@ssut/nestjs-sqs',
    'sqs-consumer',
    'sqs-producer',
    'multer-s3',
  ],
  pypi: [],
  maven: [
    'software.amazon.awssdk:s3',
    'software.amazon.awssdk:s3-transfer-manager',
    'software.amazon.awssdk:sqs',
    'software.amazon.awssdk:sns',
    'io.awspring.cloud:spring-cloud-aws-starter-s3',
    'io.awspring.cloud:spring-cloud-aws-starter-sqs',
    'io.awspring.cloud:spring-cloud-aws-starter-sns',
    'io.quarkiverse.amazonservices:quarkus-amazon-s3',
    'io.quarkiverse.amazonservices:quarkus-amazon-sqs',
    'io.quarkiverse.amazonservices:quarkus-amazon-sns',
  ],
  go: [
    'github.com/aws/aws-sdk-go-v2/service/s3',
    'github.com/aws/aws-sdk-go-v2/service/sqs',
    'github.com/aws/aws-sdk-go-v2/service/sns',
    'github.com/aws/aws-sdk-go-v2/feature/s3/manager',
    'github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager',
  ],
};
