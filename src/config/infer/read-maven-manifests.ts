import path from 'node:path';
import { readTextIfThere } from '../../util/read-if-there.ts';
import type { Dependency, Manifest } from './manifest.ts';
import { parseXml, type XmlElement } from './parse-xml.ts';

type Properties = Readonly<Record<string, string>>;

/** pom.xml of one folder, and those of the modules that it names. */
export function readMavenManifests(folder: string): readonly Manifest[] {
  return readPom(path.join(folder, 'pom.xml'), {}, new Set());
}

/**
 * What the file says itself, with the properties of the poms that led here. Not what Maven would fetch: parents and imported BOMs. Managed
 * versions and the dependencies of build plug-ins are no dependencies, and a profile counts only if it is active by default.
 */
function readPom(file: string, inherited: Properties, seen: Set<string>): readonly Manifest[] {
  const text = seen.has(file) ? undefined : readTextIfThere(file);
  const project = text === undefined ? undefined : children(parseXml(text), 'project')[0];
  if (!project) return [];
  seen.add(file);
  const active = children(project, 'profiles', 'profile').filter(
    (profile) => textAt(profile, 'activation', 'activeByDefault') === 'true',
  );
  const parts = [project, ...active];
  const properties = { ...inherited, ...propertiesOf(project, parts) };
  const value = (element: XmlElement, ...names: readonly string[]) => fillIn(textAt(element, ...names), properties);

  const dependencies = parts.flatMap((part) =>
    children(part, 'dependencies', 'dependency').map((element): Dependency => {
      const name = `${value(element, 'groupId')}:${value(element, 'artifactId')}`;
      return { name, extras: [], forTests: value(element, 'scope') === 'test' };
    }),
  );
  const modules = parts.flatMap((part) => [
    ...children(part, 'modules', 'module'),
    ...children(part, 'subprojects', 'subproject'),
  ]);
  const own: Manifest = { file, ecosystem: 'maven', name: value(project, 'artifactId') || undefined, dependencies };
  return [
    own,
    ...modules.flatMap((module) => {
      const place = path.resolve(path.dirname(file), fillIn(module.text.trim(), properties));
      return readPom(place.endsWith('.xml') ? place : path.join(place, 'pom.xml'), properties, seen);
    }),
  ];
}

function propertiesOf(project: XmlElement, parts: readonly XmlElement[]): Properties {
  const group = textAt(project, 'groupId') || textAt(project, 'parent', 'groupId');
  const declared = parts.flatMap((part) => children(part, 'properties').flatMap((element) => element.children));
  return {
    ...Object.fromEntries(declared.map((element) => [element.name, element.text.trim()])),
    'project.groupId': group,
    'project.artifactId': textAt(project, 'artifactId'),
    'project.parent.groupId': textAt(project, 'parent', 'groupId'),
  };
}

/** Properties may name properties; in circles they stay as they are. */
function fillIn(text: string, properties: Properties, depth = 0): string {
  if (depth > 5) return text;
  return text.replace(/\$\{([^{}]+)\}/g, (whole, name: string) =>
    Object.hasOwn(properties, name) ? fillIn(properties[name] ?? '', properties, depth + 1) : whole,
  );
}

function children(element: XmlElement, ...names: readonly string[]): readonly XmlElement[] {
  return names.reduce<readonly XmlElement[]>(
    (found, name) => found.flatMap((one) => one.children.filter((child) => child.name === name)),
    [element],
  );
}

function textAt(element: XmlElement, ...names: readonly string[]): string {
  return children(element, ...names)[0]?.text.trim() ?? '';
}
