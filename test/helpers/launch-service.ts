import fs from 'node:fs';
import type { Driver } from '../../src/core/driver.ts';
import type { LaunchSpec } from '../../src/core/launch-spec.ts';
import type { ConfiguredService, ServiceRequest } from '../../src/core/service.ts';
import type { ConformanceServer } from '../../src/testing/service-conformance.ts';
import { type StartedBinary, type StartOptions, startBinary } from './run-binary.ts';

/** A request as the configuration would make it, with nothing set but what is given. */
export function toRequest(request: Partial<ServiceRequest> = {}): ServiceRequest {
  return {
    name: 'svc',
    project: 'orders-api',
    version: undefined,
    options: {},
    init: [],
    url: undefined,
    allowReset: false,
    ...request,
  };
}

/** The spec which a driver can run here, or the reason why there is none. */
export async function findSpec(driver: Driver, service: ConfiguredService): Promise<{ spec: LaunchSpec } | { why: string }> {
  const reasons: string[] = [];
  for (const spec of service.launch.filter(({ kind }) => driver.takes.includes(kind))) {
    const probe = await driver.probe(spec);
    if (probe.ok) return { spec };
    reasons.push(probe.why);
  }
  return { why: reasons.join('; ') };
}

export type LaunchedService = StartedBinary & ConformanceServer;

/** A service of its own for one test. */
export interface StartedService extends AsyncDisposable {
  readonly service: ConfiguredService;
  readonly server: LaunchedService;
  readonly url: string;
}

export async function startConfigured(
  service: ConfiguredService,
  driver: Driver,
  options: StartOptions = {},
): Promise<StartedService> {
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

/** Starts a service through a driver; `driver.launch` finds or fetches the executables, the test helper runs them. */
export async function launchService(
  driver: Driver,
  service: ConfiguredService,
  spec: LaunchSpec,
  options: StartOptions = {},
): Promise<LaunchedService> {
  let started: StartedBinary | undefined;
  await driver.launch(spec, {
    name: 'svc',
    service,
    port: undefined,
    signal: AbortSignal.timeout(300_000),
    progress: () => {},
    useAddress: () => Promise.reject(new Error('not an address')),
    runContainer: () => Promise.reject(new Error('not a container')),
    async runBinary(binary, tools) {
      started = await startBinary(service, binary, tools, options);
      const { endpoint, pid } = started;
      return {
        endpoint,
        pid,
        version: tools.version,
        logFile: undefined,
        data: undefined,
        died: new Promise(() => {}),
        [Symbol.asyncDispose]: async () => {},
      };
    },
  });
  const server = started as StartedBinary;
  return Object.assign(server, {
    async assertGone() {
      if (fs.existsSync(server.folder)) throw new Error(`${server.folder} is left`);
      if (fs.existsSync(`/proc/${server.pid}`)) throw new Error(`process ${server.pid} is left`);
    },
  });
}
