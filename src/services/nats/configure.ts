import type { Endpoint } from '../../core/connection.ts';
import type { ConfiguredService, ServiceRequest } from '../../core/service.ts';
import { undividedLease } from '../../core/undivided-lease.ts';
import { type NatsTarget, openNatsClient } from './client.ts';
import { readExternal } from './external.ts';
import { toEnvironment, toFields, toTarget } from './fields.ts';
import { openInspector } from './inspect.ts';
import { natsBinary, natsImage } from './launch.ts';
import { readOptions } from './options.ts';
import { checkReady } from './ready.ts';
import { openSeed } from './reset/keeper.ts';
import { lookAtStreams } from './reset/streams.ts';

const ASK_TIMEOUT_MS = 10_000;

/** NATS with the project's settings. A lease is a server of its own: it starts in milliseconds. */
export function configureNats(request: ServiceRequest): ConfiguredService {
  const settings = readOptions(request);
  const external = request.url === undefined ? undefined : readExternal(request.name, request.url);
  const target = ({ host, port }: Pick<Endpoint, 'host' | 'port'>): NatsTarget => ({
    ...(external?.target ?? { user: settings.user, password: settings.password, token: settings.token }),
    host,
    port,
  });
  const fields = (endpoint: Endpoint) => toFields(target(endpoint));
  return {
    kind: 'nats',
    title: 'NATS',
    launch: external
      ? [{ kind: 'address', url: external.url, defaultPort: 4222 }]
      : [natsBinary(request.version, settings), natsImage(request.version, settings)],
    deviations: (_version, driver) =>
      driver === 'external'
        ? []
        : [
            settings.jetstream ? 'JetStream is on, also without `-js`' : 'JetStream is off',
            'the monitoring port (8222) is not opened',
          ],
    fields,
    env: toEnvironment,
    ready: (endpoint, check) => checkReady(endpoint, target(endpoint), check),
    lease: external
      ? undividedLease('NATS', fields)
      : {
          kind: 'instance',
          openSeed: (seeded) => openSeed(target(seeded), (host, port) => target({ host, port })),
        },
    ephemeral: true, // messages have an age
    inspect: { early: true, open: (leased) => openInspector(toTarget(leased)) },
    async activity(endpoint) {
      using client = await openNatsClient(target(endpoint), { timeoutMs: ASK_TIMEOUT_MS });
      if (!client.info.jetstream) return '';
      const streams = await lookAtStreams(client, new Map());
      return [...streams.values()]
        .map(({ fingerprint }) => fingerprint)
        .sort()
        .join('\n');
    },
  };
}
