import type { ResolvedConfig, ServiceConfig } from '../core/config.ts';
import type { Plan } from '../core/plan.ts';
import type { Registry } from '../core/registry.ts';
import type { ServiceDefinition } from '../core/service.ts';
import { SeatrialError } from '../errors.ts';
import { nearest } from '../util/nearest.ts';
import { chooseDriver } from './choose-driver.ts';
import { createProber, type Prober } from './prober.ts';

/** Which version each service runs in, by which driver, and why. Asks drivers only what they can do: nothing is started or fetched. */
export async function makePlan(
  config: ResolvedConfig,
  registry: Registry,
  probe: Prober = createProber(config, registry),
): Promise<Plan> {
  const choices = await Promise.all(
    config.services.map(async (service) => chooseDriver(service, await loadDefinition(service, registry), config, probe)),
  );
  const services = choices.map(({ chosen }) => chosen);
  return { config, services, notes: [...config.notes, ...choices.flatMap(({ note }) => note ?? [])] };
}

async function loadDefinition(service: ServiceConfig, registry: Registry): Promise<ServiceDefinition> {
  const entry = Object.hasOwn(registry.services, service.kind) ? registry.services[service.kind] : undefined;
  if (entry) return entry.load();
  const kinds = Object.keys(registry.services);
  const guess = nearest(service.kind, kinds);
  throw new SeatrialError(
    'SEATRIAL_SERVICE_UNKNOWN',
    `${service.name} (${service.origin}): there is no kind of service called ${service.kind}`,
    {
      hint: `${guess === undefined ? '' : `did you mean ${guess}? `}kinds are ${kinds.join(', ')}`,
      details: { name: service.name, kind: service.kind, origin: service.origin, kinds, nearest: guess },
    },
  );
}
