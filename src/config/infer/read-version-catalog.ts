import path from 'node:path';
import { readTextIfThere } from '../../util/read-if-there.ts';
import { foldersUpward } from '../find-upward.ts';
import { at, entries, parseToml, strings, type TomlValue } from './parse-toml.ts';

/** What `libs.` in a build script means, by what stands behind it: `spring.data.redis`, `bundles.database`. */
export type VersionCatalog = ReadonlyMap<string, readonly string[]>;

/** gradle/libs.versions.toml of the build that the folder is part of; without one nothing is known. */
export function readVersionCatalog(folder: string): VersionCatalog {
  for (const place of foldersUpward(folder)) {
    const text = readTextIfThere(path.join(place, 'gradle', 'libs.versions.toml'));
    if (text !== undefined) return parseCatalog(text);
  }
  return new Map();
}

function parseCatalog(text: string): VersionCatalog {
  const toml = parseToml(text);
  const libraries = new Map(
    entries(toml.libraries).map(([alias, library]): [string, readonly string[]] => [accessor(alias), [moduleOf(library)]]),
  );
  const bundles = entries(toml.bundles).map(([alias, aliases]): [string, readonly string[]] => [
    `bundles.${accessor(alias)}`,
    strings(aliases).flatMap((one) => libraries.get(accessor(one)) ?? []),
  ]);
  return new Map([...libraries, ...bundles]);
}

/** `"group:name:version"`, `{ module = "group:name" }` or `{ group = "group", name = "name" }`. */
function moduleOf(library: TomlValue): string {
  const text = (value: TomlValue | undefined) => (typeof value === 'string' ? value : '');
  const module = text(library) || text(at(library, 'module')) || `${text(at(library, 'group'))}:${text(at(library, 'name'))}`;
  return module.split(':').slice(0, 2).join(':');
}

/** Gradle makes `spring.boot.web` of the alias `spring-boot_web`. */
function accessor(alias: string): string {
  return alias.replace(/[-_]/g, '.');
}
