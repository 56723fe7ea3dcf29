import type { ServiceDefinition } from '../../core/service.ts';
import { fromCompose } from './compose.ts';
import { configureEtcd } from './configure.ts';
import { etcdOptions } from './options.ts';

export const etcd: ServiceDefinition = {
  kind: 'etcd',
  title: 'etcd',
  versions: ['3'],
  defaultPort: 2379,
  options: etcdOptions,
  fromCompose,
  configure: configureEtcd,
};
