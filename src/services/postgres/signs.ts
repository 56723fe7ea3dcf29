import type { ServiceSigns } from '../../core/registry.ts';

/** Loaded with the list of built-in services, so it imports nothing. */
export const postgresSigns: ServiceSigns = {
  defaultName: 'db',
  schemes: ['postgres', 'postgresql'],
  npm: [
    'pg',
    'postgres',
    'pg-promise',
    'pg-native',
    'pg-pool',
    'pg-boss',
    'pg-hstore',
    'slonik',
    'node-pg-migrate',
    'graphile-worker',
    'postgraphile',
    'connect-pg-simple',
    '@fastify/postgres',
    '@prisma/adapter-pg',
    '@mikro-orm/postgresql',
  ],
  pypi: [
    'psycopg',
    'psycopg-binary',
    'psycopg-c',
    'psycopg2',
    'psycopg2-binary',
    'psycopg2cffi',
    'asyncpg',
    'aiopg',
    'pg8000',
    'django-postgres-extra',
    'procrastinate',
    'pgvector',
  ],
};
