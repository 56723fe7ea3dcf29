import type { ComposeReading, ComposeService } from '../../core/service.ts';

/** Reads a compose service on the official image (or one that takes the same variables). */
export function fromCompose(service: ComposeService): ComposeReading {
  const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = service.environment;
  const user = POSTGRES_USER || 'postgres';
  return {
    options: { user, database: POSTGRES_DB || user, ...(POSTGRES_PASSWORD ? { password: POSTGRES_PASSWORD } : {}) },
    init: service.mounts.flatMap(({ source, target }) =>
      source && target.startsWith('/docker-entrypoint-initdb.d') ? [source] : [],
    ),
    notes: [],
  };
}
