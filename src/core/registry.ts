import type { ArtifactOverride } from './config.ts';
import type { Driver, DriverName } from './driver.ts';
import type { ServiceDefinition } from './service.ts';

/** The built-in kinds, loaded when first needed. */
export interface Registry {
  /** By kind: the image repositories that mean it, and how to load its definition. */
  readonly services: Readonly<Record<string, ServiceEntry>>;
  /** `artifacts`: a company's own server builds, by artifact key. */
  loadDriver(name: DriverName, artifacts: Readonly<Record<string, ArtifactOverride>>): Promise<Driver>;
}
export interface ServiceEntry {
  /** Image names without registry and tag, e.g. `postgres`, `bitnami/postgresql`. */
  readonly images: readonly string[];
  load(): Promise<ServiceDefinition>;
}
