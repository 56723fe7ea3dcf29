import type { Note, ResolvedConfig, ServiceConfig } from '../core/config.ts';
import type { DriverName, Probe } from '../core/driver.ts';
import type { Json } from '../core/json.ts';
import type { LaunchSpec } from '../core/launch-spec.ts';
import type { PlannedService } from '../core/plan.ts';
import type { ConfiguredService, ServiceDefinition } from '../core/service.ts';
import { noneFits } from './none-fits.ts';
import type { Prober } from './prober.ts';
import { type Attempt, type Refusal, refusalText } from './refusal.ts';
import { fits, isKnown, replacements } from './versions.ts';

export interface Choice {
  readonly chosen: PlannedService;
  /** What the user should be told about the version. */
  readonly note: Note | undefined;
}

/** The first driver in the order of preference that has the version; a version from an image tag is replaced when none has it. */
export async function chooseDriver(
  service: ServiceConfig,
  definition: ServiceDefinition,
  config: ResolvedConfig,
  probe: Prober,
): Promise<Choice> {
  const drivers =
    service.drivers ?? (service.url === undefined ? config.drivers.filter((name) => name !== 'external') : ['external']);
  const attempt = (version: string | undefined) => tryVersion(service, definition, config.project.name, version, drivers, probe);
  const asked = await attempt(service.version);
  if (asked.found) return { chosen: asked.found, note: versionNote(service, asked.found) };
  if (service.image === undefined) throw await noneFits(service, definition, asked.refusals, attempt);
  for (const version of replacements(service.version, definition.versions)) {
    const { found } = await attempt(version);
    if (!found) continue;
    const reasons = asked.refusals.map(refusalText).join('; ');
    const line = `${service.name}: ${definition.title} ${found.version} instead of ${service.image}, which no driver here has (${reasons})`;
    return { chosen: found, note: { kind: 'warning', text: line, origin: service.origin } };
  }
  throw await noneFits(service, definition, asked.refusals, attempt);
}

async function tryVersion(
  service: ServiceConfig,
  definition: ServiceDefinition,
  project: string,
  version: string | undefined,
  drivers: readonly DriverName[],
  probe: Prober,
): Promise<Attempt> {
  const configured = configureService(service, definition, project, version);
  const known = version === undefined || isKnown(version, definition.versions);
  const refusals: Refusal[] = [];
  for (const driver of drivers) {
    const whys: string[] = [];
    for (const spec of configured.launch) {
      const answer = await probe(driver, spec);
      if (!answer) continue;
      // A spec may serve any version by one stand-in; that is for versions which exist.
      if (answer.ok && (known || fits(answer.version, version)))
        return { found: planned(service, configured, { driver, spec, answer, refusals }), refusals };
      whys.push(answer.ok ? `it has ${answer.version}` : answer.why);
    }
    refusals.push({ driver, why: [...new Set(whys)].join('; ') || takesNone(driver, configured) });
  }
  return { found: undefined, refusals };
}

function takesNone(driver: DriverName, { launch }: ConfiguredService): string {
  if (launch.some(({ kind }) => kind === 'address')) return 'it starts servers, and this one is given by its url';
  if (driver === 'external') return 'no url is given';
  return driver === 'docker' ? 'no image is known for it' : 'it runs in a container only';
}

/** A service with the settings that its configuration gives, the definition's defaults filled in. */
export function configureService(
  service: ServiceConfig,
  definition: ServiceDefinition,
  project: string,
  version: string | undefined,
): ConfiguredService {
  const defaults = Object.entries(definition.options).flatMap(([name, option]): [string, Json][] =>
    option.default === undefined ? [] : [[name, option.default]],
  );
  const configured = definition.configure({
    name: service.name,
    project,
    version,
    options: { ...Object.fromEntries(defaults), ...service.options },
    image: service.image,
    init: service.init,
    url: service.url,
    allowReset: service.allowReset,
  });
  const { image } = service;
  if (image === undefined) return configured;
  return { ...configured, launch: configured.launch.map((spec) => (spec.kind === 'image' ? { ...spec, image } : spec)) };
}

interface Fit {
  readonly driver: DriverName;
  readonly spec: LaunchSpec;
  readonly answer: Probe & { readonly ok: true };
  readonly refusals: readonly Refusal[];
}

function planned(service: ServiceConfig, configured: ConfiguredService, { driver, spec, answer, refusals }: Fit): PlannedService {
  const skipped = refusals.map((refusal) => `; not ${refusalText(refusal)}`).join('');
  return {
    config: service,
    configured,
    driver,
    spec,
    version: answer.version,
    product: configured.product?.(answer.version, driver) ?? `${configured.title} ${answer.version}`,
    why: `${answer.how}${skipped}`,
    present: answer.present,
    downloadBytes: answer.downloadBytes,
    deviations: configured.deviations(answer.version, driver),
    origin: service.origin,
  };
}

/** What the user should know: an image without a version in its tag, such as `postgres:latest`, or a build that stands in for what was asked. */
function versionNote(service: ServiceConfig, { configured, driver, version, why }: PlannedService): Note | undefined {
  const { name, kind, image, origin } = service;
  if (driver === 'external') return undefined;
  if (service.version === undefined) {
    if (image === undefined) return undefined;
    return { kind: 'inferred', text: `${name}: ${image} names no version, ${configured.title} ${version} is taken`, origin };
  }
  if (fits(version, service.version)) return undefined;
  return {
    kind: 'inferred',
    text: `${name}: ${image ?? `${kind}@${service.version}`} is served by version ${version} (${why})`,
    origin,
  };
}
