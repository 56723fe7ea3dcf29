import fs from 'node:fs';
import path from 'node:path';
import type { BinarySpec, Toolset } from '../../core/launch-spec.ts';
import { expandFolders } from './expand-folders.ts';
import { probeVersion } from './probe-version.ts';

export type Found =
  | { readonly tools: Toolset /** Path of the server executable. */; readonly server: string }
  | { readonly why: string };

/** The first folder that holds all executables of the spec, the server in a version that matches what was asked. */
export async function findToolset(spec: BinarySpec): Promise<Found> {
  const [serverName = '', ...others] = spec.executables;
  const passedOver: string[] = [];
  for (const folder of candidates(spec.searchFolders)) {
    const server = path.join(folder, serverName);
    if (!isExecutable(server)) continue;
    const missing = others.filter((name) => !isExecutable(path.join(folder, name)));
    if (missing.length > 0) {
      passedOver.push(`${server} has no ${missing.join(', ')} beside it`);
      continue;
    }
    const version = await probeVersion(server, spec.versionProbe);
    if (version === undefined) passedOver.push(`${server} does not tell its version`);
    else if (typeof version === 'object') passedOver.push(`${server}: ${version.refused}`);
    else if (!matches(version, spec.version)) passedOver.push(`${server} is ${version}`);
    else return { server, tools: toToolset(folder, server, version) };
  }
  const asked = spec.version ? `${serverName} ${spec.version}` : serverName;
  if (passedOver.length > 0) return { why: `no ${asked} on this machine: ${passedOver.join('; ')}` };
  const elsewhere = spec.searchFolders.length > 0 ? ` or in ${spec.searchFolders.join(', ')}` : '';
  return { why: `no ${asked} on PATH${elsewhere}` };
}

/** `18` fits 18.4, `16.4` fits 16.4 and 16.4.1 but not 16.14. */
function matches(version: string, asked: string | undefined): boolean {
  return asked === undefined || version === asked || version.startsWith(`${asked}.`);
}

function candidates(searchFolders: readonly string[]): readonly string[] {
  const onPath = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  const seen = new Set<string>();
  return [...onPath, ...searchFolders.flatMap(expandFolders)].filter((folder) => {
    const real = fs.existsSync(folder) ? fs.realpathSync(folder) : folder; // /sbin is /usr/sbin on most machines
    return !seen.has(real) && seen.add(real);
  });
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

function toToolset(folder: string, server: string, version: string): Toolset {
  const real = fs.realpathSync(server);
  const { size, mtimeMs } = fs.statSync(real);
  return { version, buildId: `${real}:${size}:${Math.trunc(mtimeMs)}`, bin: (name) => path.join(folder, name), env: {} };
}
