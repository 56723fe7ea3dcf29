import type { ConfiguredService, ServiceRequest } from '../../src/core/service.ts';
import { nativeDriver } from '../../src/drivers/native/index.ts';
import { mariadb } from '../../src/services/mariadb/index.ts';
import { findSpec, type LaunchedService, launchService, toRequest } from './launch-service.ts';
import type { StartOptions } from './run-binary.ts';

/** Why no MariaDB can run on this machine; undefined = it can. */
export async function whyNoMariadb(): Promise<string | undefined> {
  const found = await findSpec(nativeDriver, mariadb.configure(toRequest()));
  return 'why' in found ? found.why : undefined;
}

/** A MariaDB of its own for one test. */
export async function startMariadb(
  request: Partial<ServiceRequest> = {},
  options: StartOptions = {},
): Promise<{ service: ConfiguredService; server: LaunchedService; url: string } & AsyncDisposable> {
  const service = mariadb.configure(toRequest(request));
  const found = await findSpec(nativeDriver, service);
  if ('why' in found) throw new Error(found.why);
  const server = await launchService(nativeDriver, service, found.spec, options);
  return {
    service,
    server,
    url: service.fields(server.endpoint).url,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
