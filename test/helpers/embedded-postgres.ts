import { createFetcher } from '../../src/artifacts/fetcher.ts';
import type { Driver } from '../../src/core/driver.ts';
import type { ServiceRequest } from '../../src/core/service.ts';
import { createEmbeddedDriver } from '../../src/drivers/embedded/index.ts';
import { postgres } from '../../src/services/postgres/index.ts';
import { type StartedService, startConfigured, toRequest } from './launch-service.ts';
import type { StartOptions } from './run-binary.ts';

export const embeddedDriver = createEmbeddedDriver(createFetcher({}));

/** A PostgreSQL of its own for one test. */
export function startPostgres(
  request: Partial<ServiceRequest> = {},
  { driver = embeddedDriver, ...options }: StartOptions & { readonly driver?: Driver } = {},
): Promise<StartedService> {
  return startConfigured(postgres.configure(toRequest(request)), driver, options);
}

/** The same server, another database. */
export function atDatabase(url: string, database: string, login?: string): { url: string } {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return { url: login === undefined ? changed.href : changed.href.replace(/\/\/[^@]*@/, `//${login}@`) };
}
