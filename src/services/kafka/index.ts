import type { ServiceDefinition } from '../../core/service.ts';
import { fromCompose } from './compose.ts';
import { configureKafka } from './configure.ts';
import { kafkaOptions } from './options.ts';

export const kafka: ServiceDefinition = {
  kind: 'kafka',
  title: 'Kafka',
  versions: ['4', '3'],
  defaultPort: 9092,
  options: kafkaOptions,
  fromCompose,
  configure: configureKafka,
};
