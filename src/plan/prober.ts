import type { ResolvedConfig } from '../core/config.ts';
import type { Driver, DriverName, Probe } from '../core/driver.ts';
import type { LaunchSpec } from '../core/launch-spec.ts';
import type { Registry } from '../core/registry.ts';

/** Whether a driver can run a spec here; undefined when it takes none of its kind. */
export type Prober = (driver: DriverName, spec: LaunchSpec) => Promise<Probe | undefined>;

/** Asks the real drivers, loading each when it is first asked. */
export function createProber(config: ResolvedConfig, registry: Registry): Prober {
  const loaded = new Map<DriverName, Promise<Driver>>();
  return async (name, spec) => {
    const loading = loaded.get(name) ?? registry.loadDriver(name, config);
    loaded.set(name, loading);
    const driver = await loading;
    return driver.takes.includes(spec.kind) ? driver.probe(spec) : undefined;
  };
}
