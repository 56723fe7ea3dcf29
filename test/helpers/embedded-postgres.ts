import { createFetcher } from '../../src/artifacts/fetcher.ts';
import type { Driver } from '../../src/core/driver.ts';
import type { ConfiguredService, ServiceRequest } from '../../src/core/service.ts';
import { createEmbeddedDriver } from '../../src/drivers/embedded/index.ts';
import { postgres } from '../../src/services/postgres/index.ts';
import { findSpec, type LaunchedService, launchService, toRequest } from './launch-service.ts';
import type { StartOptions } from './run-binary.ts';

export const embeddedDriver = createEmbeddedDriver(createFetcher({}));

/** A PostgreSQL of its own for one test. */
export async function startPostgres(
  request: Partial<ServiceRequest> = {},
  options: StartOptions & { readonly driver?: Driver } = {},
): Promise<{ service: ConfiguredService; server: LaunchedService; url: string } & AsyncDisposable> {
  const driver = options.driver ?? embeddedDriver;
  const service = postgres.configure(toRequest(request));
  const found = await findSpec(driver, service);
  if ('why' in found) throw new Error(found.why);
  const server = await launchService(driver, service, found.spec, options);
  return {
    service,
    server,
    url: service.fields(server.endpoint).url,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** The same server, another database. */
export function atDatabase(url: string, database: string, login?: string): { url: string } {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return { url: login === undefined ? changed.href : changed.href.replace(/\/\/[^@]*@/, `//${login}@`) };
}
