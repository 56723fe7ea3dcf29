import type { ServiceDefinition } from '../../core/service.ts';
import { fromCompose } from './compose.ts';
import { configureRedis } from './configure.ts';
import { redisOptions } from './options.ts';

export const redis: ServiceDefinition = {
  kind: 'redis',
  title: 'Redis',
  versions: ['7', '8', '6'],
  defaultPort: 6379,
  options: redisOptions,
  fromCompose,
  configure: configureRedis,
};
