import type { ServiceDefinition } from '../../core/service.ts';
import { fromCompose } from './compose.ts';
import { configurePostgres } from './configure.ts';
import { postgresOptions } from './options.ts';

/** Whose default pools do not notice before they hand a connection out; asyncpg's do. */
const CONNECTIONS_END =
  "isolation database ends the app's connections after each test that has written: pools need pool_pre_ping=True (SQLAlchemy), -Dcom.zaxxer.hikari.aliveBypassWindowMs=0 (HikariCP) or pool.on('error', ...) (node-pg) to go on; isolation rewind keeps connections";

export const postgres: ServiceDefinition = {
  kind: 'postgres',
  title: 'PostgreSQL',
  versions: ['18', '17', '16', '15', '14'],
  defaultPort: 5432,
  options: postgresOptions,
  advice: (isolation) => (isolation === 'database' ? CONNECTIONS_END : undefined),
  fromCompose,
  configure: configurePostgres,
};
