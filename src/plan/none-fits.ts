import type { ServiceConfig } from '../core/config.ts';
import type { ServiceDefinition } from '../core/service.ts';
import { SeatrialError } from '../errors.ts';
import { type Attempt, type Refusal, refusalText } from './refusal.ts';
import { isKnown } from './versions.ts';

/** The error for a service that no driver can run, with each driver's reason and the versions that would do. */
export async function noneFits(
  service: ServiceConfig,
  definition: ServiceDefinition,
  refusals: readonly Refusal[],
  attempt: (version: string | undefined) => Promise<Attempt>,
): Promise<SeatrialError> {
  const { name, kind, version, origin } = service;
  const tried = await Promise.all(definition.versions.map(async (offered) => ((await attempt(offered)).found ? [offered] : [])));
  const available = tried.flat();
  const details = { name, kind, version, origin, refusals, versions: definition.versions, available };
  const exists =
    available.length > 0
      ? `versions that run here: ${available.join(', ')}`
      : `no version of ${definition.title} runs here: \`seatrial doctor\` says more`;
  const instead = available[0] === undefined ? '' : `; write \`use: ${kind}@${available[0]}\``;
  if (version !== undefined && !isKnown(version, definition.versions))
    return new SeatrialError(
      'SEATRIAL_VERSION_UNKNOWN',
      `${name} (${origin}): there is no ${kind}@${version}, known are ${definition.versions.join(', ')}`,
      {
        hint: `${exists}${instead}`,
        details,
      },
    );
  const asked = version === undefined ? definition.title : `${definition.title} ${version}`;
  const reasons = refusals.length === 0 ? 'no driver is allowed for it' : refusals.map(refusalText).join('; ');
  return new SeatrialError('SEATRIAL_DRIVER_NONE_FITS', `${name} (${origin}): no driver can run ${asked}: ${reasons}`, {
    hint: `${exists}${instead}`,
    details,
  });
}
