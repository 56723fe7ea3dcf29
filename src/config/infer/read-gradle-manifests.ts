import path from 'node:path';
import { readTextIfThere } from '../../util/read-if-there.ts';
import type { Dependency, Manifest } from './manifest.ts';
import { readVersionCatalog, type VersionCatalog } from './read-version-catalog.ts';

/** build.gradle or build.gradle.kts of one folder, and those of the projects that its settings include. */
export function readGradleManifests(folder: string): readonly Manifest[] {
  const settings = readScript(folder, 'settings')?.text ?? '';
  const places = [folder, ...includedProjects(settings).map((project) => path.join(folder, ...project.split(':')))];
  const scripts = [...new Set(places)].flatMap((place) => readScript(place, 'build') ?? []);
  if (scripts.length === 0) return [];
  const name = /\brootProject\.name\s*=\s*["']([^"'$]+)["']/.exec(settings)?.[1];
  const catalog = readVersionCatalog(folder);
  return scripts.map(({ file, text }) => ({ file, ecosystem: 'maven', name, dependencies: declaredIn(text, catalog) }));
}

interface Script {
  readonly file: string;
  /** Without comments. */
  readonly text: string;
}

function readScript(folder: string, name: 'build' | 'settings'): Script | undefined {
  for (const file of [`${name}.gradle`, `${name}.gradle.kts`].map((one) => path.join(folder, one))) {
    const text = readTextIfThere(file);
    if (text !== undefined) return { file, text: withoutComments(text) };
  }
  return undefined;
}

/** `include ':app', ':lib:core'` or `include("app")`. */
function includedProjects(settings: string): readonly string[] {
  const calls = [...settings.matchAll(/\binclude\b\s*\(?((?:\s*["'][^"'$]+["']\s*,?)+)/g)];
  return calls.flatMap(([, list]) => [...(list ?? '').matchAll(/["']:?([^"']+)["']/g)].map(([, project]) => project ?? ''));
}

/** Configurations whose packages the app or its tests are run with: not those of build tools, and not `compileOnly`. */
const DECLARATION =
  /(?<![\w.:$-])(["']?)(\w*(?:[iI]mplementation|[rR]untimeOnly|[aA]pi)|(?:\w*[tT]est)?(?:[cC]ompile|[rR]untime))\1[ \t]*(?=[( \t"'])/g;

/**
 * A build script is a program: only plain declarations are looked at, as `implementation("group:name:version")`,
 * `testImplementation group: 'group', name: 'name'` and `runtimeOnly(libs.name)`.
 */
function declaredIn(script: string, catalog: VersionCatalog): readonly Dependency[] {
  const text = withoutConstraints(script);
  return [...text.matchAll(DECLARATION)].flatMap((match) => {
    const forTests = /test/i.test(match[2] ?? '');
    const argument = argumentAt(text, match.index + match[0].length);
    return modulesIn(argument, catalog).map((name) => ({ name, extras: [], forTests }));
  });
}

/** What stands in the parentheses, else on the line and on those after it as long as one ends with a comma. */
function argumentAt(text: string, start: number): string {
  if (text[start] === '(') return text.slice(start + 1, endOfGroup(text, start));
  return /(?:[^\n;]*,[ \t]*\r?\n)*[^\n;]*/.exec(text.slice(start))?.[0] ?? '';
}

function modulesIn(argument: string, catalog: VersionCatalog): readonly string[] {
  // A platform gives versions, and no packages.
  const text = argument.replace(/\b(?:enforcedP|p)latform\s*\([^()]*\)/g, '');
  const plain = [...text.matchAll(/["']([\w.-]+:[\w.-]+)(?=[:@"'])/g)].map(([, name]) => name ?? '');
  const named = [...text.matchAll(/\bgroup\s*[:=]\s*["']([\w.-]+)["']\s*,\s*name\s*[:=]\s*["']([\w.-]+)["']/g)].map(
    ([, group, name]) => `${group}:${name}`,
  );
  const catalogued = [...text.matchAll(/\blibs\.([\w.]+)/g)].flatMap(
    ([, name]) => catalog.get((name ?? '').replace(/\.(?:get|asProvider)$/, '')) ?? [],
  );
  return [...plain, ...named, ...catalogued];
}

/** `constraints { ... }` has versions of what others may need. */
function withoutConstraints(text: string): string {
  const start = /\bconstraints\s*\{/.exec(text);
  if (!start) return text;
  const end = endOfGroup(text, start.index + start[0].length - 1);
  return text.slice(0, start.index) + withoutConstraints(text.slice(end + 1));
}

/** Where the parenthesis or brace that opens at `start` is closed; the end of the text when it never is. */
function endOfGroup(text: string, start: number): number {
  let depth = 0;
  for (let index = start; index < text.length; index++) {
    if ('({['.includes(text[index] ?? '')) depth++;
    else if (')}]'.includes(text[index] ?? '') && --depth === 0) return index;
  }
  return text.length;
}

/** Comments are cut out, what looks like one in a string is not. */
function withoutComments(text: string): string {
  return text.replace(
    /"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g,
    (match) => (match.startsWith('/') ? ' ' : match),
  );
}
