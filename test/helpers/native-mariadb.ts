import type { ServiceRequest } from '../../src/core/service.ts';
import { nativeDriver } from '../../src/drivers/native/index.ts';
import { mariadb } from '../../src/services/mariadb/index.ts';
import { findSpec, type StartedService, startConfigured, toRequest } from './launch-service.ts';
import type { StartOptions } from './run-binary.ts';

/** Why no MariaDB can run on this machine; undefined = it can. */
export async function whyNoMariadb(): Promise<string | undefined> {
  const found = await findSpec(nativeDriver, mariadb.configure(toRequest()));
  return 'why' in found ? found.why : undefined;
}

/** A MariaDB of its own for one test. */
export function startMariadb(request: Partial<ServiceRequest> = {}, options: StartOptions = {}): Promise<StartedService> {
  return startConfigured(mariadb.configure(toRequest(request)), nativeDriver, options);
}
