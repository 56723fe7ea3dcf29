import type { ServiceDefinition } from '../../core/service.ts';
import { fromCompose } from './compose.ts';
import { configureRabbitmq } from './configure.ts';
import { rabbitmqOptions } from './options.ts';

export const rabbitmq: ServiceDefinition = {
  kind: 'rabbitmq',
  title: 'RabbitMQ',
  versions: ['3', '4'],
  defaultPort: 5672,
  options: rabbitmqOptions,
  fromCompose,
  configure: configureRabbitmq,
};
