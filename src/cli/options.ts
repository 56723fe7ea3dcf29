import path from 'node:path';
import { builtin } from '../builtin.ts';
import type { ResolvedConfig } from '../core/config.ts';
import type { DriverName } from '../core/driver.ts';
import type { Isolation } from '../core/isolation.ts';
import { SeatrialError } from '../errors.ts';

/** Flags that say which services are meant; the same for `run`, `plan` and `services start`. */
export interface ServiceFlags {
  readonly cwd?: string;
  readonly config?: string;
  readonly service?: readonly string[];
  readonly external?: readonly string[];
  readonly driver?: readonly DriverName[];
  readonly port?: readonly string[];
  readonly json?: boolean;
  readonly isolation?: Isolation;
}

export function workFolder({ cwd }: { readonly cwd?: string }): string {
  return path.resolve(cwd ?? '.');
}

/** The configuration that the flags and the project give. */
export async function readConfig(flags: ServiceFlags, command?: readonly string[]): Promise<ResolvedConfig> {
  const { resolveConfig } = await import('../config/resolve-config.ts');
  return resolveConfig({
    cwd: workFolder(flags),
    configFile: flags.config && path.resolve(workFolder(flags), flags.config),
    services: flags.service,
    external: flags.external,
    drivers: flags.driver,
    ports: flags.port,
    isolation: flags.isolation,
    command,
    env: process.env,
    registry: builtin,
  });
}

/** For commands that have nothing to do without one. */
export function requireServices({ services, project }: ResolvedConfig): void {
  if (services.length > 0) return;
  throw new SeatrialError(
    'SEATRIAL_CONFIG_NOT_FOUND',
    `no service is needed by the project in ${project.root}, as far as can be seen`,
    { hint: 'name some with --service, e.g. --service postgres@18, or in seatrial.yaml' },
  );
}
