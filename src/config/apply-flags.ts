import type { ServiceConfig } from '../core/config.ts';
import type { DriverName } from '../core/driver.ts';
import type { Registry } from '../core/registry.ts';
import { SeatrialError } from '../errors.ts';
import { nearest } from '../util/nearest.ts';
import { kindOfImage, parseImage, versionOfTag } from './image-reference.ts';
import { emptyService } from './infer/infer-services.ts';
import { kindOfUrl } from './kind-of-url.ts';
import { parseNamed, parseUse } from './parse-use.ts';

export interface ServiceFlags {
  /** `postgres@18`, `redis`, `db=postgres@16`. */
  readonly services?: readonly string[] | undefined;
  /** `db=postgres://...`, or the URL alone. */
  readonly external?: readonly string[] | undefined;
  readonly drivers?: readonly DriverName[] | undefined;
}

/** The services after `--service`, `--external` and `--driver`: each changes the one that it names, or adds it. */
export function applyFlags(
  services: readonly ServiceConfig[],
  flags: ServiceFlags,
  registry: Registry,
): readonly ServiceConfig[] {
  let result = [...services];
  for (const text of flags.services ?? []) result = withService(result, text, registry);
  for (const text of flags.external ?? []) result = withExternal(result, text, registry);
  return flags.drivers
    ? result.map((service) => (service.url === undefined ? { ...service, drivers: flags.drivers } : service))
    : result;
}

function withService(services: readonly ServiceConfig[], text: string, registry: Registry): ServiceConfig[] {
  const { name, rest } = parseNamed(text);
  const { kind: word, version } = parseUse(rest);
  const { repository, tag } = parseImage(rest);
  const imageKind = word in registry.services ? undefined : kindOfImage(repository, registry);
  const use = imageKind
    ? { kind: imageKind, version: versionOfTag(tag), image: rest }
    : { kind: word, version, image: undefined };
  const origin = `--service ${text}`;
  const named = target(services, name, use.kind);
  if (!named) return [...services, { ...emptyService(name ?? freeName(services, use.kind, registry), use.kind, origin), ...use }];
  const kept = areOfOneFamily(named.kind, use.kind, registry) ? named : emptyService(named.name, use.kind, origin);
  return services.map((service) => (service === named ? { ...kept, ...use, origin } : service));
}

function areOfOneFamily(one: string, other: string, registry: Registry): boolean {
  const family = registry.services[one]?.family;
  return one === other || (family !== undefined && family === registry.services[other]?.family);
}

function withExternal(services: readonly ServiceConfig[], text: string, registry: Registry): ServiceConfig[] {
  const { name, rest: url } = parseNamed(text);
  const kind = kindOfUrl(url, registry);
  const origin = `--external${name === undefined ? '' : ` ${name}`}`;
  const named = target(services, name, kind);
  if (named && (kind === undefined || areOfOneFamily(named.kind, kind, registry)))
    return services.map((service) =>
      service === named ? { ...service, url, drivers: undefined, port: undefined, origin } : service,
    );
  if (kind === undefined)
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `--external ${text}: this URL is of no known kind of service`, {
      hint: `expected NAME=URL with a scheme of ${schemes(registry).join(', ')}`,
    });
  if (named) return services.map((service) => (service === named ? { ...emptyService(named.name, kind, origin), url } : service));
  return [...services, { ...emptyService(name ?? freeName(services, kind, registry), kind, origin), url }];
}

/** `--port db=5432`. */
export function applyPort(services: readonly ServiceConfig[], text: string): readonly ServiceConfig[] {
  const { name, rest } = parseNamed(text);
  const port = Number(rest);
  if (name === undefined || !Number.isInteger(port) || port < 1 || port > 65535)
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `--port ${text}: expected NAME=PORT with a port from 1 to 65535`, {
      hint: 'for example --port db=5432',
    });
  const names = services.map((service) => service.name);
  if (!names.includes(name)) throw unknownName(`--port ${text}`, name, names);
  return services.map((service) => (service.name === name ? { ...service, port } : service));
}

export function unknownName(where: string, name: string, names: readonly string[]): SeatrialError {
  const guess = nearest(name, names);
  const known = names.length === 0 ? 'there is no service' : `services are ${names.join(', ')}`;
  return new SeatrialError('SEATRIAL_SERVICE_NOT_FOUND', `${where}: there is no service ${name}`, {
    hint: guess === undefined ? known : `did you mean ${guess}? ${known}`,
    details: { name, names },
  });
}

/** The service of that name, or without a name the only one of the kind. */
function target(
  services: readonly ServiceConfig[],
  name: string | undefined,
  kind: string | undefined,
): ServiceConfig | undefined {
  if (name !== undefined) return services.find((service) => service.name === name);
  const same = services.filter((service) => service.kind === kind);
  return same.length === 1 ? same[0] : undefined;
}

function freeName(services: readonly ServiceConfig[], kind: string, registry: Registry): string {
  const wanted = (Object.hasOwn(registry.services, kind) ? registry.services[kind]?.signs?.defaultName : undefined) ?? kind;
  const taken = new Set(services.map((service) => service.name));
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted}${number}`;
    if (!taken.has(name)) return name;
  }
}

function schemes(registry: Registry): readonly string[] {
  return Object.values(registry.services).flatMap(({ signs }) => signs?.schemes ?? []);
}
