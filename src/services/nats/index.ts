import type { ServiceDefinition } from '../../core/service.ts';
import { fromCompose } from './compose.ts';
import { configureNats } from './configure.ts';
import { natsOptions } from './options.ts';

export const nats: ServiceDefinition = {
  kind: 'nats',
  title: 'NATS',
  versions: ['2'],
  defaultPort: 4222,
  options: natsOptions,
  fromCompose,
  configure: configureNats,
};
