import { CONTAINER_LABELS } from '../../src/core/container.ts';
import type { Driver } from '../../src/core/driver.ts';
import type { ImageSpec } from '../../src/core/image-spec.ts';
import type { ConfiguredService } from '../../src/core/service.ts';
import { removeFolders } from '../../src/session/end-session.ts';
import { launchContainer, type RunningContainer } from '../../src/session/launch-container.ts';
import { openLedger } from '../../src/session/ledger.ts';
import { createSessionFolder } from '../../src/session/session-folder.ts';
import type { ConformanceServer } from '../../src/testing/service-conformance.ts';
import { containersOf } from './docker.ts';

export interface LaunchedContainer extends ConformanceServer {
  readonly session: string;
  readonly running: RunningContainer;
}

/** Starts a service in a container as the session does, in a session folder of its own. */
export async function launchInContainer(
  driver: Driver,
  service: ConfiguredService,
  options: { readonly memoryBytes?: number; readonly readyTimeoutMs?: number; readonly port?: number } = {},
): Promise<LaunchedContainer> {
  const place = createSessionFolder();
  const ledger = openLedger(place.folder);
  const signal = AbortSignal.timeout(120_000);
  const close = () => {
    ledger.close();
    removeFolders([place.folder, ...place.dataFolders()]);
  };
  let nonce: string | undefined;
  let running: RunningContainer | undefined;
  const watched: ConfiguredService = {
    ...service,
    ready: (endpoint, check) => {
      nonce = check.nonce;
      return service.ready(endpoint, check);
    },
  };
  const spec = service.launch.find(({ kind }) => kind === 'image') as ImageSpec;
  try {
    await driver.launch(spec, {
      name: 'svc',
      service: watched,
      port: options.port,
      signal,
      progress: () => {},
      useAddress: () => Promise.reject(new Error('not an address')),
      runBinary: () => Promise.reject(new Error('not a binary')),
      runContainer: async (image, engine, version) => {
        running = await launchContainer({
          name: 'svc',
          service: watched,
          spec: image,
          engine,
          version,
          containerName: `orders-api-svc-test-${place.id}`,
          labels: { [CONTAINER_LABELS.session]: place.id },
          memoryBytes: options.memoryBytes,
          extraLayers: [],
          againLayers: [],
          port: options.port,
          readyTimeoutMs: options.readyTimeoutMs ?? 60_000,
          session: { ...place, ledger, watched: Promise.resolve() },
          signal,
          onStep: () => {},
          onOutput: () => {},
        });
        return running;
      },
    });
  } catch (error) {
    close();
    throw error;
  }
  const started = running as RunningContainer;
  return {
    session: place.id,
    running: started,
    endpoint: started.endpoint,
    nonce,
    pid: undefined,
    [Symbol.asyncDispose]: async () => {
      await started[Symbol.asyncDispose]();
      close();
    },
    async assertGone() {
      const left = await containersOf(place.id);
      if (left.length > 0) throw new Error(`${left.join(', ')} are left`);
    },
  };
}
