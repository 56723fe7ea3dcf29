import path from 'node:path';
import type { Isolation, ResolvedConfig } from '../core/config.ts';
import type { DriverName } from '../core/driver.ts';
import { SeatrialError } from '../errors.ts';
import { builtin } from '../builtin.ts';

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
    ...(flags.config ? { configFile: path.resolve(workFolder(flags), flags.config) } : {}),
    ...(flags.service ? { services: flags.service } : {}),
    ...(flags.external ? { external: flags.external } : {}),
    ...(flags.driver ? { drivers: flags.driver } : {}),
    ...(flags.port ? { ports: toPorts(flags.port) } : {}),
    ...(flags.isolation ? { isolation: flags.isolation } : {}),
    ...(command ? { command } : {}),
    env: process.env,
    registry: builtin,
  });
}

/** `['db=5432']` becomes `{ db: 5432 }`. */
function toPorts(values: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    values.map((value) => {
      const [, name, port] = /^([^=]+)=(\d+)$/.exec(value) ?? [];
      if (!name || !port || Number(port) < 1 || Number(port) > 65535)
        throw new SeatrialError('SEATRIAL_OPTION_INVALID', `--port ${value} is not of the form name=port`, { hint: 'e.g. --port db=5432' });
      return [name, Number(port)];
    }),
  );
}
