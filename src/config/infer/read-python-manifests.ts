import path from 'node:path';
import { namesIn, readTextIfThere } from '../../util/read-if-there.ts';
import { type Dependency, type Manifest, parseRequirement, pypiName } from './manifest.ts';
import { at, isTable, parseToml, strings, type TomlValue, values } from './parse-toml.ts';

/** The Python manifests of one folder: requirements, pyproject.toml, Pipfile, setup.cfg, setup.py. */
export function readPythonManifests(folder: string): readonly Manifest[] {
  const names = namesIn(folder).sort();
  const manifests: Manifest[] = [];
  const add = (name: string, read: (text: string, file: string) => Pick<Manifest, 'name' | 'dependencies'>) => {
    const file = path.join(folder, name);
    const text = readTextIfThere(file);
    if (text !== undefined) manifests.push({ file, ecosystem: 'pypi', ...read(text, file) });
  };
  if (names.includes('pyproject.toml')) add('pyproject.toml', readPyproject);
  for (const name of names.filter(isRequirements))
    add(name, (text, file) => ({ name: undefined, dependencies: readRequirements(text, file) }));
  if (names.includes('requirements'))
    for (const name of namesIn(path.join(folder, 'requirements')).sort())
      if (/\.(txt|in)$/.test(name))
        add(path.join('requirements', name), (text, file) => ({ name: undefined, dependencies: readRequirements(text, file) }));
  if (names.includes('Pipfile')) add('Pipfile', readPipfile);
  if (names.includes('setup.cfg')) add('setup.cfg', readSetupCfg);
  if (names.includes('setup.py')) add('setup.py', readSetupPy);
  return manifests;
}

function isRequirements(name: string): boolean {
  return /^(requirements|.*[-_.]requirements|requirements[-_.].*)\.(txt|in)$/.test(name);
}

function readRequirements(text: string, file: string, seen = new Set<string>()): readonly Dependency[] {
  if (seen.has(file)) return [];
  seen.add(file);
  return text
    .replace(/\\\r?\n/g, ' ')
    .split('\n')
    .flatMap((line) => {
      const included = /^\s*(?:-r|--requirement)[\s=]+(\S+)/.exec(line)?.[1];
      if (included) {
        const other = path.resolve(path.dirname(file), included);
        return readRequirements(readTextIfThere(other) ?? '', other, seen);
      }
      return parseRequirement(line) ?? [];
    });
}

function readPyproject(text: string): Pick<Manifest, 'name' | 'dependencies'> {
  const toml = parseToml(text);
  const poetry = at(toml, 'tool', 'poetry');
  const requirements = [
    ...strings(at(toml, 'project', 'dependencies')),
    ...values(at(toml, 'project', 'optional-dependencies')).flatMap(strings),
    ...values(at(toml, 'dependency-groups')).flatMap(strings),
    ...strings(at(toml, 'tool', 'uv', 'dev-dependencies')),
    ...values(at(toml, 'tool', 'pdm', 'dev-dependencies')).flatMap(strings),
  ].flatMap((requirement) => parseRequirement(requirement) ?? []);
  const tables = [
    at(poetry, 'dependencies'),
    at(poetry, 'dev-dependencies'),
    ...values(at(poetry, 'group')).map((group) => at(group, 'dependencies')),
  ];
  const name = at(toml, 'project', 'name') ?? at(poetry, 'name');
  return { name: typeof name === 'string' ? name : undefined, dependencies: [...requirements, ...tables.flatMap(fromTable)] };
}

function readPipfile(text: string): Pick<Manifest, 'name' | 'dependencies'> {
  const toml = parseToml(text);
  return { name: undefined, dependencies: [...fromTable(toml.packages), ...fromTable(toml['dev-packages'])] };
}

/** `name = "^1"` or `name = { version = "^1", extras = ["redis"] }`. */
function fromTable(table: TomlValue | undefined): readonly Dependency[] {
  if (!isTable(table)) return [];
  return Object.entries(table).map(([name, value]) => ({
    name: pypiName(name),
    extras: strings(at(value, 'extras')).map(pypiName),
  }));
}

function readSetupCfg(text: string): Pick<Manifest, 'name' | 'dependencies'> {
  const name = /^\[metadata\][^[]*?^name\s*=\s*(\S+)/m.exec(text)?.[1];
  const wanted = /^\[options\.extras_require\]([^[]*)|^install_requires\s*=((?:.*\n)(?:[ \t]+.*\n?)*)/gm;
  const lines = [...text.matchAll(wanted)].flatMap((match) => (match[1] ?? match[2] ?? '').split('\n'));
  return { name, dependencies: lines.flatMap((line) => parseRequirement(line.replace(/^[\w-]+\s*=\s*$/, '')) ?? []) };
}

/** setup.py is a program: only the texts in its lists are looked at. */
function readSetupPy(text: string): Pick<Manifest, 'name' | 'dependencies'> {
  const name = /\bname\s*=\s*["']([^"']+)["']/.exec(text)?.[1];
  const lists = [
    ...text.matchAll(/(?:install_requires|extras_require|tests_require|requires)\s*=\s*([[{][\s\S]*?[\]}]\s*,?\s*\n)/g),
  ];
  const quoted = lists.flatMap(([, body]) => [...(body ?? '').matchAll(/["']([^"'\n]+)["']/g)].map(([, word]) => word ?? ''));
  return { name, dependencies: quoted.flatMap((word) => parseRequirement(word) ?? []) };
}
