import path from 'node:path';
import type { Note, ServiceConfig } from '../../core/config.ts';
import type { Registry, ServiceSigns } from '../../core/registry.ts';
import type { Manifest } from './manifest.ts';

export interface Inferred {
  readonly services: readonly ServiceConfig[];
  readonly notes: readonly Note[];
}

/** What the packages of a project are of no use without: one service a kind, from the first manifest that shows it. */
export function inferServices(manifests: readonly Manifest[], root: string, registry: Registry): Inferred {
  const services: ServiceConfig[] = [];
  const notes: Note[] = [];
  for (const [kind, { signs }] of Object.entries(registry.services)) {
    const sign = signs && findSign(manifests, signs);
    if (!sign) continue;
    const own = findContainer(manifests, kind, signs);
    if (own) {
      const file = path.relative(root, own.file);
      const text = `no ${kind}: the suite starts its own, as ${file} names ${own.package}; \`--service ${kind}\` starts one all the same`;
      notes.push({ kind: 'inferred', text, origin: `${file} (${own.package})` });
      continue;
    }
    const origin = `${path.relative(root, sign.file)} (${sign.package})`;
    const name = services.some((service) => service.name === signs.defaultName) ? kind : signs.defaultName; // two kinds of database
    services.push(emptyService(name, kind, origin));
    notes.push({
      kind: 'inferred',
      text: `${name}: ${kind}, because ${path.relative(root, sign.file)} names ${sign.package}`,
      origin,
    });
  }
  return { services, notes };
}

/** A service of which nothing is known but its kind. */
export function emptyService(name: string, kind: string, origin: string): ServiceConfig {
  return {
    name,
    kind,
    version: undefined,
    origin,
    composeName: undefined,
    drivers: undefined,
    port: undefined,
    url: undefined,
    allowReset: false,
    options: {},
    init: [],
    migrate: [],
    seed: [],
  };
}

interface Sign {
  readonly file: string;
  readonly package: string;
}

/** Testcontainers by which a suite starts this kind by itself: `@testcontainers/postgresql`, `testcontainers[postgres]`. */
function findContainer(manifests: readonly Manifest[], kind: string, { schemes }: ServiceSigns): Sign | undefined {
  const words = [kind, ...schemes];
  for (const { file, ecosystem, dependencies } of manifests) {
    for (const { name, extras } of dependencies) {
      if (ecosystem === 'npm' && words.some((word) => name === `@testcontainers/${word}`)) return { file, package: name };
      const extra = name === 'testcontainers' ? extras.find((word) => words.includes(word)) : undefined;
      if (extra) return { file, package: `${name}[${extra}]` };
    }
  }
  return undefined;
}

function findSign(manifests: readonly Manifest[], signs: ServiceSigns): Sign | undefined {
  for (const { file, ecosystem, dependencies } of manifests) {
    for (const { name, extras } of dependencies) {
      if (signs[ecosystem].includes(name)) return { file, package: name };
      if (name === 'testcontainers') continue; // its extras name what the suite starts by itself
      const extra = extras.find((word) => signs.schemes.includes(word) || signs.pypi.includes(word));
      if (extra) return { file, package: ecosystem === 'npm' ? `${name}, provider ${extra}` : `${name}[${extra}]` };
    }
  }
  return undefined;
}
