import type { Note, Origin, ResolvedConfig, ServiceConfig } from './config.ts';
import type { DriverName } from './driver.ts';
import type { LaunchSpec } from './launch-spec.ts';
import type { ConfiguredService } from './service.ts';

/** What would start, from where and why. Plain decisions: making one has no side effect. */
export interface Plan {
  readonly config: ResolvedConfig;
  readonly services: readonly PlannedService[];
  readonly notes: readonly Note[];
}

export interface PlannedService {
  readonly config: ServiceConfig;
  readonly configured: ConfiguredService;
  readonly driver: DriverName;
  readonly spec: LaunchSpec;
  /** Exact version that will run, e.g. `18.4`. */
  readonly version: string;
  /** What runs, in prose: `PostgreSQL 18.4`, `Redis (Valkey 9.1.2)`. */
  readonly product: string;
  /** One line: why this driver and version. */
  readonly why: string;
  /** False: the artifact is fetched first. */
  readonly present: boolean;
  /** How much is fetched when it is not. */
  readonly downloadBytes?: number | undefined;
  readonly deviations: readonly string[];
  readonly origin: Origin;
}
