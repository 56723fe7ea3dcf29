import fs from 'node:fs';
import type { Endpoint } from '../../core/connection.ts';
import type { OnlineLayer } from '../../core/launch-spec.ts';
import type { ConfiguredService, ServiceRequest } from '../../core/service.ts';
import { undividedLease } from '../../core/undivided-lease.ts';
import { SeatrialError } from '../../errors.ts';
import { rabbitmqBinary } from './binary-spec.ts';
import { deviations } from './deviations.ts';
import { readExternal } from './external.ts';
import { type AmqpTarget, toEnvironment, toFields } from './fields.ts';
import { openInspector } from './inspector.ts';
import { importDefinitions, openLeases } from './lease-book.ts';
import { readOptions } from './options.ts';
import { checkReady } from './ready.ts';

/** RabbitMQ with the project's settings: the broker of this machine, or one that runs already. A lease is a virtual host. */
export function configureRabbitmq(request: ServiceRequest): ConfiguredService {
  const settings = readOptions(request);
  const { url, version, init } = request;
  const external = url === undefined ? undefined : readExternal(request.name, url);
  const target = ({ host, port, control }: Endpoint): AmqpTarget => ({ ...(external ?? settings), host, port, control });
  const fields = (endpoint: Endpoint) => toFields(target(endpoint));
  return {
    kind: 'rabbitmq',
    title: 'RabbitMQ',
    launch:
      url === undefined ? [rabbitmqBinary(version, settings, [dataLayer(init)])] : [{ kind: 'address', url, defaultPort: 5672 }],
    deviations: (_version, driver) => deviations(driver),
    fields,
    env: toEnvironment,
    ready: (endpoint, check) => checkReady(endpoint, target(endpoint), check),
    preload: () => import('amqplib'),
    lease: external
      ? undividedLease('RabbitMQ', fields)
      : {
          kind: 'database',
          open: async (endpoint) => openLeases(target(endpoint)),
          dropAll: async () => {}, // the broker ends with its session
        },
    ...(external
      ? {}
      : {
          inspect: { early: true, open: async ({ control = '', vhost = '' }) => openInspector(control, vhost) },
          runScript: (endpoint, file, _log, signal) => importFile(endpoint, file, signal),
        }),
  };
}

/** Users and virtual hosts are made by the first start, and definitions imported: the next starts on what that has left. */
function dataLayer(files: readonly string[]): OnlineLayer {
  return {
    kind: 'online',
    title: files.length > 0 ? 'definitions' : 'user and virtual host',
    key: files.map((file) => fs.readFileSync(file, 'utf8')),
    async build({ endpoint, signal }) {
      for (const file of files) await importFile(endpoint, file, signal);
    },
  };
}

async function importFile(endpoint: Endpoint, file: string, signal: AbortSignal): Promise<void> {
  try {
    await importDefinitions(endpoint, fs.readFileSync(file, 'utf8'), signal);
  } catch (cause) {
    signal.throwIfAborted();
    throw new SeatrialError('SEATRIAL_SCRIPT_FAILED', `${file}: ${(cause as Error).message}`, {
      cause,
      hint: 'the file must hold definitions in JSON, as the management plug-in exports them',
      details: { file },
    });
  }
}
