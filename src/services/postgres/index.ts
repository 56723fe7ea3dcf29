import type { ServiceDefinition } from '../../core/service.ts';
import { fromCompose } from './compose.ts';
import { configurePostgres } from './configure.ts';
import { postgresOptions } from './options.ts';

export const postgres: ServiceDefinition = {
  kind: 'postgres',
  title: 'PostgreSQL',
  versions: ['18', '17', '16', '15', '14'],
  defaultPort: 5432,
  options: postgresOptions,
  fromCompose,
  configure: configurePostgres,
};
