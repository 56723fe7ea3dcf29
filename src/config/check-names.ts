import type { ServiceConfig } from '../core/config.ts';
import { SeatrialError } from '../errors.ts';
import { nearest } from '../util/nearest.ts';
import { invalidConfig } from './problem.ts';
import type { SourceDocument } from './source-document.ts';

/** Two services whose variables would be the same, and templates that name a service which is not there. */
export function checkNames(
  services: readonly ServiceConfig[],
  env: Readonly<Record<string, string>>,
  document: SourceDocument | undefined,
): void {
  const byVariable = new Map<string, ServiceConfig>();
  for (const service of services) {
    const variable = service.name.replaceAll('-', '_').toUpperCase();
    const other = byVariable.get(variable);
    if (other)
      throw new SeatrialError(
        'SEATRIAL_CONFIG_INVALID',
        `${service.origin}: ${service.name} and ${other.name} would both set ${variable}_URL`,
        {
          hint: 'give one of them another name',
          details: { names: [other.name, service.name] },
        },
      );
    byVariable.set(variable, service);
  }
  const names = services.map(({ name }) => name);
  for (const [variable, template] of Object.entries(env)) {
    for (const [, name = ''] of template.replaceAll('$$', '').matchAll(/\$\{\s*([^}.\s]+)\.[^}]*\}/g)) {
      if (names.includes(name)) continue;
      const guess = nearest(name, names);
      const message = `\${${name}.…} names no service, expected one of ${names.join(', ') || '(there is none)'}`;
      const problem = {
        path: ['env', variable],
        at: 'value' as const,
        message,
        ...(guess === undefined ? {} : { nearest: guess }),
      };
      if (document) throw invalidConfig(document, [problem]);
      throw new SeatrialError('SEATRIAL_CONFIG_INVALID', `env: ${variable}: ${message}`, { details: { variable, name, names } });
    }
  }
}
