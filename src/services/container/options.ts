import type { ReadyWhen } from '../../core/image-spec.ts';
import type { Json } from '../../core/json.ts';
import { listOption, mapOption } from '../../core/option-values.ts';
import type { OptionSpec, ServiceRequest } from '../../core/service.ts';
import { SeatrialError } from '../../errors.ts';
import { splitWords } from '../../util/words.ts';

/** The options of a service that is an image of no kind which Seatrial knows. */
export const containerOptions: Readonly<Record<string, OptionSpec>> = {
  ports: { type: 'strings', description: 'Ports inside the container; clients connect to the first' },
  env: {
    type: 'map',
    description: `Its environment; \${host}, \${port} and \${port.9093} are where its ports are reached from outside`,
  },
  command: { type: 'strings', description: 'Arguments of the image’s entry point, in place of its own' },
  data: { type: 'strings', description: 'Folders that are kept in memory' },
  ready: {
    type: 'any',
    description: 'When it is ready: port (default), health, or one of http: /path, log: a pattern, command: run inside',
  },
};

export interface ContainerSettings {
  readonly ports: readonly number[];
  readonly env: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly data: readonly string[];
  /** Asked from outside at the first port; undefined = what the engine tells is enough. */
  readonly answer: 'port' | { readonly path: string } | undefined;
  readonly readyWhen: ReadyWhen | undefined;
}

export function readOptions({ name, options, image }: ServiceRequest): ContainerSettings {
  if (image === undefined)
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${name}: a container needs an image`, { hint: 'name it by `image:`' });
  const ports = listOption(options, 'ports').map(Number);
  if (ports.length === 0 || !ports.every((port) => Number.isInteger(port) && port > 0 && port < 65_536))
    throw new SeatrialError(
      'SEATRIAL_OPTION_INVALID',
      `${name}: expected the ports of the container, found ${JSON.stringify(options.ports ?? null)}`,
      {
        hint: 'name the ports on which it listens, as in `ports: [9200]`, or say by `use` which kind of service the image is',
      },
    );
  const command = listOption(options, 'command');
  return {
    ports,
    env: mapOption(options, 'env', { true: 'true', false: 'false' }),
    command: command.length === 1 ? splitWords(command[0] as string) : command,
    data: listOption(options, 'data'),
    ...readReady(name, options.ready ?? 'port'),
  };
}

function readReady(name: string, ready: Json): Pick<ContainerSettings, 'answer' | 'readyWhen'> {
  if (ready === 'port') return { answer: 'port', readyWhen: undefined };
  if (ready === 'health') return { answer: undefined, readyWhen: { health: true } };
  const [[way, value] = [], ...more] = typeof ready === 'object' && ready !== null ? Object.entries(ready) : [];
  if (more.length === 0 && typeof value === 'string') {
    if (way === 'http' && value.startsWith('/')) return { answer: { path: value }, readyWhen: undefined };
    if (way === 'log' && isPattern(value)) return { answer: undefined, readyWhen: { log: new RegExp(value) } };
    if (way === 'command') return { answer: undefined, readyWhen: { command: splitWords(value) } };
  }
  if (more.length === 0 && way === 'command' && Array.isArray(value))
    return { answer: undefined, readyWhen: { command: value.map(String) } };
  throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${name}: ready is ${JSON.stringify(ready)}`, {
    hint: 'expected port, health, { http: /path }, { log: pattern } or { command: words }',
  });
}

function isPattern(text: string): boolean {
  try {
    return Boolean(new RegExp(text));
  } catch {
    return false;
  }
}
