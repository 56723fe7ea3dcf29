import path from 'node:path';
import type { Manifest } from './manifest.ts';
import { readGoManifests } from './read-go-manifests.ts';
import { readGradleManifests } from './read-gradle-manifests.ts';
import { readMavenManifests } from './read-maven-manifests.ts';
import { readNpmManifest } from './read-npm-manifest.ts';
import { readPythonManifests } from './read-python-manifests.ts';

/** Folders in which the backend of a project often lies when the project holds more than that. */
export const SUB_PROJECTS = ['backend', 'server', 'api'];

export interface Manifests {
  /** The folder itself first, then its sub-projects. */
  readonly all: readonly Manifest[];
  /** The nearest folder upward that has one, or whose sub-project has one. */
  readonly folder: string;
}

/** The manifests of the nearest folder that has any. */
export function readManifests(folders: readonly string[]): Manifests | undefined {
  for (const folder of folders) {
    const all = [folder, ...SUB_PROJECTS.map((name) => path.join(folder, name))].flatMap((place) => [
      ...[readNpmManifest(place) ?? []].flat(),
      ...readPythonManifests(place),
      ...readMavenManifests(place),
      ...readGradleManifests(place),
      ...readGoManifests(place),
    ]);
    if (all.length > 0) return { all, folder };
  }
  return undefined;
}
