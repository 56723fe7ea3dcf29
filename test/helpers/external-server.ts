import type { Driver } from '../../src/core/driver.ts';
import type { ServiceDefinition } from '../../src/core/service.ts';
import { externalDriver } from '../../src/drivers/external/index.ts';
import { useAddress } from '../../src/session/external.ts';
import type { ConformanceServer } from '../../src/testing/service-conformance.ts';
import { findSpec, launchService, toRequest } from './launch-service.ts';

/** A server that "runs already": one is started by `driver`, then handed to `use` as an external service at its URL. */
export async function startExternal(
  definition: ServiceDefinition,
  driver: Driver,
): Promise<{ url: string; server: ConformanceServer; stop(): Promise<void> }> {
  const ours = definition.configure(toRequest());
  const found = await findSpec(driver, ours);
  if ('why' in found) throw new Error(found.why);
  const started = await launchService(driver, ours, found.spec);
  const { url } = ours.fields(started.endpoint);
  const service = definition.configure(toRequest({ url }));
  const signal = AbortSignal.timeout(10_000);
  const running = await externalDriver.launch(service.launch[0] as never, {
    name: 'svc',
    service,
    port: undefined,
    signal,
    progress: () => {},
    runContainer: () => Promise.reject(new Error('not a container')),
    runBinary: () => Promise.reject(new Error('not a binary')),
    useAddress: (spec) => useAddress('svc', service, spec, signal, 5_000),
  });
  const server = {
    endpoint: running.endpoint,
    nonce: undefined,
    pid: undefined,
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
  return { url, server, stop: async () => started[Symbol.asyncDispose]() };
}
