import fs from 'node:fs';
import path from 'node:path';
import type { Dependency, Manifest } from './manifest.ts';

/** package.json of one folder; undefined when there is none that can be read. */
export function readNpmManifest(folder: string): Manifest | undefined {
  const json = readPackageJson(folder);
  if (!json) return undefined;
  const names = namesOfDependencies(json);
  const provider = names.some((name) => name === 'prisma' || name === '@prisma/client')
    ? prismaProvider(folder, json)
    : undefined;
  const dependencies: Dependency[] = names.map((name) => ({
    name,
    extras: provider && (name === 'prisma' || name === '@prisma/client') ? [provider] : [],
  }));
  return {
    file: path.join(folder, 'package.json'),
    ecosystem: 'npm',
    name: typeof json.name === 'string' && json.name !== '' ? json.name : undefined,
    dependencies,
  };
}

export type PackageJson = Readonly<Record<string, unknown>>;

export function readPackageJson(folder: string): PackageJson | undefined {
  try {
    return JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')) ?? {};
  } catch {
    return undefined;
  }
}

export function namesOfDependencies(json: PackageJson): readonly string[] {
  return ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((key) => Object.keys((json[key] ?? {}) as object));
}

/** Which server Prisma talks to stands in its schema: `provider = "postgresql"` in the block `datasource`. */
function prismaProvider(folder: string, json: PackageJson): string | undefined {
  return /datasource\s+\w+\s*\{[^}]*?provider\s*=\s*"(\w+)"/.exec(readPrismaSchema(folder, json)?.text ?? '')?.[1];
}

export function readPrismaSchema(
  folder: string,
  json: PackageJson = {},
): { readonly file: string; readonly text: string } | undefined {
  const named = (json.prisma as { schema?: unknown } | undefined)?.schema;
  for (const name of [
    ...(typeof named === 'string' ? [named] : []),
    'prisma/schema.prisma',
    'prisma/schema/schema.prisma',
    'schema.prisma',
  ]) {
    try {
      const file = path.join(folder, name);
      return { file, text: fs.readFileSync(file, 'utf8') };
    } catch {
      // the next usual place
    }
  }
  return undefined;
}
