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
};
