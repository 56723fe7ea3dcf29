import type { ConnectionFields, Endpoint } from '../../core/connection.ts';
import type { ImageRun } from '../../core/image-spec.ts';
import type { ConfiguredService, ServiceRequest } from '../../core/service.ts';
import { SeatrialError } from '../../errors.ts';
import { fillTemplate } from '../../util/template.ts';
import { readOptions } from './options.ts';
import { answersHttp, keepsConnection } from './ready.ts';

export function configureContainer(request: ServiceRequest): ConfiguredService {
  const settings = readOptions(request);
  const { answer } = settings;
  return {
    kind: 'container',
    title: request.image ?? 'Container',
    launch: [
      {
        kind: 'image',
        image: request.image ?? '',
        version: request.version,
        ports: settings.ports,
        container: (run) => ({
          env: Object.fromEntries(
            Object.entries(settings.env).map(([name, text]) => [
              name,
              fill(request.name, text, settings.ports[0] as number, run),
            ]),
          ),
          ...(settings.command.length > 0 ? { args: settings.command } : {}),
          tmpfs: settings.data,
        }),
        ...(settings.readyWhen ? { readyWhen: settings.readyWhen } : {}),
      },
    ],
    product: () => request.image ?? 'a container',
    deviations: () => [],
    fields: (endpoint) => toFields(endpoint, typeof answer === 'object'),
    env: () => ({}),
    ready: async (endpoint, { signal }) => {
      if (answer === 'port') await keepsConnection(endpoint, signal);
      else if (answer) await answersHttp(endpoint, answer.path, signal);
    },
    lease: { kind: 'instance' },
  };
}

/** `port9300` and the like are the other ports. */
function toFields({ host, port, ports = {} }: Endpoint, isHttp: boolean): ConnectionFields {
  const others = Object.entries(ports).filter(([, published]) => published !== port);
  return {
    url: `${isHttp ? 'http' : 'tcp'}://${host}:${port}`,
    host,
    port: String(port),
    ...Object.fromEntries(others.map(([inside, published]) => [`port${inside}`, String(published)])),
  };
}

/** What a server must tell its clients of itself, such as Kafka's advertised address. */
function fill(service: string, text: string, first: number, { host, published }: ImageRun): string {
  const lookUp = (name: string) => {
    if (name === 'host') return host;
    const port = published[name === 'port' ? first : Number(name.replace(/^port\./, ''))];
    return port === undefined ? undefined : String(port);
  };
  return fillTemplate(text, lookUp, (name) => {
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${service}: its env uses \${${name}}, which is not known`, {
      hint: `known are \${host}, \${port}, and \${port.9093} for another port of the container`,
    });
  });
}
