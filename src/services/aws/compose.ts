import type { Json } from '../../core/json.ts';
import type { ComposeReading, ComposeService } from '../../core/service.ts';
import { AWS_SERVICES } from './options.ts';

/** Reads a compose service on the image of LocalStack, or of moto: what of it is emulated here, and what is not. */
export function fromCompose(service: ComposeService): ComposeReading {
  const { SERVICES, AWS_DEFAULT_REGION, DEFAULT_REGION } = service.environment;
  const region = AWS_DEFAULT_REGION || DEFAULT_REGION;
  const asked = (SERVICES ?? '').split(/[\s,]+/).filter(Boolean);
  const known = asked.filter((name) => (AWS_SERVICES as readonly string[]).includes(name));
  const others = asked.filter((name) => !known.includes(name) && name !== 'sts');
  const notes = [`${service.name} runs as Seatrial's emulator of ${AWS_SERVICES.join(', ')}, not as the image's`];
  if (others.length > 0) notes.push(`SERVICES: ${others.join(', ')} cannot be emulated: calls to them fail with 501`);
  for (const { target } of service.mounts) {
    if (target.includes('/init/') || target.includes('docker-entrypoint-initaws.d'))
      notes.push(`the scripts at ${target} are not run: name buckets, queues and topics in the configuration, or use \`seed\``);
    else if (!target.endsWith('docker.sock')) notes.push(`the mount at ${target} is not used`);
  }
  const options: Record<string, Json> = {};
  if (known.length > 0) options.services = known;
  if (region) options.region = region;
  return { options, init: [], notes };
}
