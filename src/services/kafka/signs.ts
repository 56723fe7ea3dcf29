import type { ServiceSigns } from '../../core/registry.ts';

/** Loaded with the list of built-in services, so it imports nothing. */
export const kafkaSigns: ServiceSigns = {
  defaultName: 'kafka',
  schemes: ['kafka'],
  npm: [
    'kafkajs',
    'node-rdkafka',
    'kafka-node',
    'no-kafka',
    '@platformatic/kafka',
    '@confluentinc/kafka-javascript',
    '@nestjs/kafka',
    'kafka-streams',
  ],
  pypi: [
    'kafka-python',
    'kafka-python-ng',
    'confluent-kafka',
    'aiokafka',
    'faust',
    'faust-streaming',
    'quixstreams',
    'django-kafka',
  ],
};
