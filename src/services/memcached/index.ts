import type { ServiceDefinition } from '../../core/service.ts';
import { fromCompose } from './compose.ts';
import { configureMemcached } from './configure.ts';
import { memcachedOptions } from './options.ts';

export const memcached: ServiceDefinition = {
  kind: 'memcached',
  title: 'memcached',
  versions: ['1'],
  defaultPort: 11211,
  options: memcachedOptions,
  fromCompose,
  configure: configureMemcached,
};
