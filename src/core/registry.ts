import type { ResolvedConfig } from './config.ts';
import type { Driver, DriverName } from './driver.ts';
import type { GatewayHost } from './gateway.ts';
import type { Json } from './json.ts';
import type { ServiceDefinition } from './service.ts';

/** The built-in kinds, loaded when first needed. */
export interface Registry {
  /** By kind: the image repositories that mean it, and how to load its definition. */
  readonly services: Readonly<Record<string, ServiceEntry>>;
  /** A driver may need the project: its own server builds, and the folder whose `seatrial.lock` and client settings count. */
  loadDriver(name: DriverName, config: DriverConfig): Promise<Driver>;
  loadGateways(): Promise<GatewayHost>;
}
export type DriverConfig = Pick<ResolvedConfig, 'artifacts' | 'project'>;
export interface ServiceEntry {
  /** Image names without registry and tag, e.g. `postgres`, `bitnami/postgresql`. */
  readonly images: readonly string[];
  /** Kinds of one family take the same options: one may be put in the place of another with what the other was configured by. */
  readonly family?: string;
  /** By what a project that declares no services shows that it needs this kind; absent = it can't be inferred. */
  readonly signs?: ServiceSigns;
  load(): Promise<ServiceDefinition>;
}

export type Ecosystem = 'npm' | 'pypi' | 'maven' | 'go';

export interface ServiceSigns {
  /** Name of a service of this kind that the user has not named. */
  readonly defaultName: string;
  /** URL schemes without a `+driver` part; also Prisma's provider and the names of extras, as in `celery[redis]`. */
  readonly schemes: readonly string[];
  /** Packages that are of no use without it. */
  readonly npm: readonly string[];
  readonly pypi: readonly string[];
  /** `group:artifact`, for Maven and Gradle. */
  readonly maven: readonly string[];
  /** Paths of modules, without the major version at their end. */
  readonly go: readonly string[];
  /**
   * Packages which may take its place in tests that our variables would lead away from them: beside one, only a client that is there for
   * the tests alone means the server.
   */
  readonly substitutes?: readonly string[];
  /** What it is configured by when it is inferred. */
  readonly options?: Readonly<Record<string, Json>>;
}
