import type { Endpoint } from '../../core/connection.ts';
import type { ConfiguredService, ServiceRequest } from '../../core/service.ts';
import { undividedLease } from '../../core/undivided-lease.ts';
import { deviations } from './deviations.ts';
import { readExternal } from './external.ts';
import { toEnvironment, toFields, toTarget } from './fields.ts';
import { kafkaImage, kafkaJars } from './launch.ts';
import { readOptions } from './options.ts';
import { openKafkaClient } from './protocol/client.ts';
import { checkReady } from './ready.ts';
import { look } from './reset/look.ts';

const ASK_TIMEOUT_MS = 10_000;
const OFFICIAL = /(?:^|\/)apache\/kafka(?:$|[:@])/;

/** Kafka with the project's settings. A lease is a broker of its own: apps name their topics and groups as they like. */
export function configureKafka(request: ServiceRequest): ConfiguredService {
  const settings = readOptions(request);
  const external = request.url === undefined ? undefined : readExternal(request.name, request.url);
  const fields = (endpoint: Endpoint) => toFields(endpoint);
  return {
    kind: 'kafka',
    title: 'Kafka',
    launch: external
      ? [{ kind: 'address', url: external, defaultPort: 9092 }]
      : [
          kafkaJars(request.version, settings),
          ...(OFFICIAL.test(request.image ?? 'apache/kafka') ? [kafkaImage(request.version, request.image, settings)] : []),
        ],
    deviations: (version, driver) => deviations(version, driver, request.version),
    fields,
    env: toEnvironment,
    ready: checkReady,
    lease: external
      ? undividedLease('Kafka', fields)
      : {
          kind: 'instance',
          data: 'seeded',
          openSeed: async (seeded) => (await import('./reset/seed.ts')).openSeed(seeded),
        },
    inspect: {
      early: false,
      open: async (leased) => (await import('./inspect.ts')).openInspector(toTarget(leased)),
    },
    async activity({ host, port }) {
      using client = await openKafkaClient({ host, port }, AbortSignal.timeout(ASK_TIMEOUT_MS));
      const { topics } = await look(client);
      return [...topics]
        .map(([name, { id, starts, ends }]) => [name, id, starts, ends].join(' '))
        .sort()
        .join('\n');
    },
  };
}
