import path from 'node:path';
import { readTextIfThere } from '../../util/read-if-there.ts';

/** What we read of `~/.docker/config.json`. */
export interface DockerConfig {
  readonly currentContext?: string;
  readonly auths?: Readonly<Record<string, { readonly auth?: string; readonly identitytoken?: string }>>;
  readonly credsStore?: string;
  readonly credHelpers?: Readonly<Record<string, string>>;
}

/** Empty when there is none, or none that can be read: Docker's own client would say so first. */
export function readDockerConfig(folder: string): DockerConfig {
  try {
    const config: unknown = JSON.parse(readTextIfThere(path.join(folder, 'config.json')) ?? '{}');
    return typeof config === 'object' && config !== null ? (config as DockerConfig) : {};
  } catch {
    return {};
  }
}
