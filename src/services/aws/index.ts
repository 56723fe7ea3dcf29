import type { ServiceDefinition } from '../../core/service.ts';
import { fromCompose } from './compose.ts';
import { configureAws } from './configure.ts';
import { awsOptions } from './options.ts';

export const aws: ServiceDefinition = {
  kind: 'aws',
  title: 'AWS',
  versions: ['1'],
  defaultPort: 4566,
  options: awsOptions,
  fromCompose,
  configure: configureAws,
};
