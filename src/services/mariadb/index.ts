import type { ServiceDefinition } from '../../core/service.ts';
import { fromCompose } from './compose.ts';
import { configureMariadb } from './configure.ts';
import { mariadbOptions, mysqlOptions } from './options.ts';

export const mariadb: ServiceDefinition = {
  kind: 'mariadb',
  title: 'MariaDB',
  versions: ['11', '12', '10'],
  defaultPort: 3306,
  options: mariadbOptions,
  fromCompose: (service) => fromCompose('mariadb', service),
  configure: (request) => configureMariadb('mariadb', request),
};

export const mysql: ServiceDefinition = {
  kind: 'mysql',
  title: 'MySQL',
  versions: ['8', '9'],
  defaultPort: 3306,
  options: mysqlOptions,
  fromCompose: (service) => fromCompose('mysql', service),
  configure: (request) => configureMariadb('mysql', request),
};
