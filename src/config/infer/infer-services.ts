import path from 'node:path';
import type { Note, ServiceConfig } from '../../core/config.ts';
import type { Ecosystem, Registry, ServiceSigns } from '../../core/registry.ts';
import { type Dependency, type Manifest, withoutMajor } from './manifest.ts';

export interface Inferred {
  readonly services: readonly ServiceConfig[];
  readonly notes: readonly Note[];
}

/** What the packages of a project are of no use without: one service a kind, from the first manifest that shows it. */
export function inferServices(manifests: readonly Manifest[], root: string, registry: Registry): Inferred {
  const services: ServiceConfig[] = [];
  const notes: Note[] = [];
  for (const [kind, { signs, images }] of Object.entries(registry.services)) {
    const sign = signs && findSign(manifests, signs);
    if (!sign) continue;
    const asked = `\`--service ${kind}\` starts one all the same`;
    const where = ({ file }: Sign) => path.relative(root, file);
    const say = (text: string, about: Sign) =>
      notes.push({ kind: 'inferred', text, origin: `${where(about)} (${about.package})` });
    const own = findContainer(manifests, [kind, ...signs.schemes, ...images.map((image) => path.posix.basename(image))]);
    const { substitute } = sign;
    if (own) say(`no ${kind}: the suite starts its own, as ${where(own)} names ${own.package}; ${asked}`, own);
    else if (substitute)
      say(
        `no ${kind}: the suite may run on ${substitute.package}, which ${where(substitute)} names beside ${sign.package}; ${asked}`,
        substitute,
      );
    else {
      const name = services.some((service) => service.name === signs.defaultName) ? kind : signs.defaultName; // two kinds of database
      services.push({ ...emptyService(name, kind, `${where(sign)} (${sign.package})`), options: signs.options ?? {} });
      say(`${name}: ${kind}, because ${where(sign)} names ${sign.package}`, sign);
    }
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
  /** What the tests may use in the place of the server. */
  readonly substitute?: Sign;
}

/** The modules of Testcontainers: `@testcontainers/postgresql`, `org.testcontainers:testcontainers-postgresql`, `.../modules/postgres`. */
const CONTAINER_MODULE =
  /^(?:@testcontainers\/|org\.testcontainers:(?:testcontainers-)?|com\.redis(?:\.testcontainers)?:testcontainers-|github\.com\/testcontainers\/testcontainers-go\/modules\/)(.+)$/;

/** Testcontainers by which a suite starts a kind by itself, by any word for that kind; `testcontainers[postgres]` is one too. */
function findContainer(manifests: readonly Manifest[], words: readonly string[]): Sign | undefined {
  for (const { file, dependencies } of manifests) {
    for (const { name, extras } of dependencies) {
      if (words.includes(CONTAINER_MODULE.exec(name)?.[1] ?? '')) return { file, package: name };
      const extra = name === 'testcontainers' ? extras.find((word) => words.includes(word)) : undefined;
      if (extra) return { file, package: `${name}[${extra}]` };
    }
  }
  return undefined;
}

/** The first that is certain, else the first beside which something may take the server's place. */
function findSign(manifests: readonly Manifest[], signs: ServiceSigns): Sign | undefined {
  const substitutes = manifests.flatMap(({ file, ecosystem, dependencies }) =>
    dependencies.flatMap(({ name }) => (signs.substitutes?.includes(name) ? { file, ecosystem, package: name } : [])),
  );
  let doubtful: Sign | undefined;
  for (const { file, ecosystem, dependencies } of manifests) {
    const substitute = substitutes.find((one) => one.ecosystem === ecosystem);
    for (const dependency of dependencies) {
      const name = signIn(dependency, ecosystem, signs);
      if (name === undefined) continue;
      if (!substitute || dependency.forTests) return { file, package: name };
      doubtful ??= { file, package: name, substitute };
    }
  }
  return doubtful;
}

/** How the dependency is called if it is one of the signs. */
function signIn({ name, extras }: Dependency, ecosystem: Ecosystem, signs: ServiceSigns): string | undefined {
  if (signs[ecosystem].includes(ecosystem === 'go' ? withoutMajor(name) : name)) return name;
  if (name === 'testcontainers') return undefined; // its extras name what the suite starts by itself
  const extra = extras.find((word) => signs.schemes.includes(word) || signs.pypi.includes(word));
  if (extra === undefined) return undefined;
  return ecosystem === 'npm' ? `${name}, provider ${extra}` : `${name}[${extra}]`;
}
