import fs from 'node:fs';
import path from 'node:path';
import type { Endpoint } from '../../core/connection.ts';
import type { LaunchSpec, OnlineLayer } from '../../core/launch-spec.ts';
import type { ConfiguredService, ServiceRequest } from '../../core/service.ts';
import { undividedLease } from '../../core/undivided-lease.ts';
import { SeatrialError } from '../../errors.ts';
import { rabbitmqBinary } from './binary-spec.ts';
import { deviations } from './deviations.ts';
import { readExternal } from './external.ts';
import { type AmqpTarget, toEnvironment, toFields } from './fields.ts';
import { rabbitmqImage } from './image-spec.ts';
import { blindInspector, openInspector } from './inspector.ts';
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
  const undivided = undividedLease('RabbitMQ', fields);
  return {
    kind: 'rabbitmq',
    title: 'RabbitMQ',
    launch: launchSpecs(),
    deviations: (_version, driver) => deviations(driver),
    fields,
    env: toEnvironment,
    ready: (endpoint, check) => checkReady(endpoint, target(endpoint), check),
    preload: () => import('amqplib'),
    lease: external
      ? undivided
      : {
          kind: 'database',
          open: (endpoint, options) =>
            endpoint.control === undefined ? undivided.open(endpoint, options) : openLeases(target(endpoint)),
          dropAll: async () => {}, // the broker ends with its session
        },
    ...(external
      ? {}
      : {
          inspect: {
            early: true,
            open: async ({ control, vhost = '' }) => (control ? openInspector(control, vhost) : blindInspector),
          },
          async runScript(endpoint, place, _log, signal) {
            for (const file of filesIn(place)) await importFile(endpoint, file, signal);
          },
        }),
  };

  function launchSpecs(): readonly LaunchSpec[] {
    if (url !== undefined) return [{ kind: 'address', url, defaultPort: 5672 }];
    const binary = rabbitmqBinary(version, settings, [dataLayer(init)]);
    return init.length > 0 ? [binary] : [binary, rabbitmqImage(version, settings)]; // nothing imports definitions into a container
  }
}

/** Users and virtual hosts are made by the first start, and definitions imported: the next starts on what that has left. */
function dataLayer(files: readonly string[]): OnlineLayer {
  return {
    kind: 'online',
    title: files.length > 0 ? 'definitions' : 'user and virtual host',
    get key() {
      return files.flatMap(filesIn).map((file) => fs.readFileSync(file, 'utf8'));
    },
    async build({ endpoint, signal }) {
      for (const file of files.flatMap(filesIn)) await importFile(endpoint, file, signal);
    },
  };
}

/** A file, or those of a folder in name order. */
function filesIn(place: string): readonly string[] {
  if (!fs.existsSync(place))
    throw new SeatrialError('SEATRIAL_SCRIPT_FAILED', `there are no definitions at ${place}`, {
      hint: 'correct the path in the configuration',
    });
  if (!fs.statSync(place).isDirectory()) return [place];
  const names = fs.readdirSync(place).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => path.join(place, name));
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
