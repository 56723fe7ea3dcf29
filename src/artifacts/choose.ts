import { SeatrialError } from '../errors.ts';
import { machine, platformKey } from '../util/platform/machine.ts';
import type { ArtifactEntry, ArtifactFile } from './lock-entry.ts';

/** The build which answers a request, or why none does. */
export type Choice = { readonly entry: ArtifactEntry } | { readonly missing: string; readonly versions: readonly string[] };

/**
 * Picks by key, then by version: the same major in at least the minor that was asked for (minor releases only mend), or a major for which
 * the build stands. Whether it runs on this machine is not looked at.
 */
export function chooseEntry(entries: readonly ArtifactEntry[], key: string, version: string | undefined): Choice {
  const candidates = entries.filter((entry) => entry.key === key);
  if (candidates.length === 0) {
    const kind = key.split('@')[0] as string;
    const keys = entries.map((entry) => entry.key).filter((known) => known.startsWith(`${kind}@`));
    const known = keys.length > 0 ? `, only of ${keys.join(', ')}` : '';
    return {
      missing: `there is no build of ${key} in the lock list${known}`,
      versions: keys.map((name) => name.slice(kind.length + 1)),
    };
  }
  const entry = candidates.find((candidate) => answers(candidate, version));
  if (entry) return { entry };
  const versions = candidates.map((candidate) => candidate.version);
  return { missing: `the build of ${key} is ${versions.join(', ')}, which does not serve for ${version}`, versions };
}

/** The file of a build for this machine, whether it can run here or not. */
export function fileHere(entry: ArtifactEntry): ArtifactFile | undefined {
  return entry.platforms[platformKey()] ?? entry.platforms.any;
}

/** The file of a build for this machine. Throws SEATRIAL_ARTIFACT_NO_PLATFORM when there is none, saying which there are. */
export function chooseFile(entry: ArtifactEntry): ArtifactFile {
  const reason = unfit(entry);
  if (reason === undefined) return fileHere(entry) as ArtifactFile;
  throw new SeatrialError('SEATRIAL_ARTIFACT_NO_PLATFORM', `${entry.key} ${entry.version} ${reason}`, {
    hint: `put another driver first (native, docker, external), or point \`artifacts: { ${entry.key}: ... }\` at a build for this machine`,
    details: { key: entry.key, version: entry.version, platform: platformKey(), platforms: Object.keys(entry.platforms) },
  });
}

/** Why a build can't run here; undefined when it can. */
export function unfit(entry: ArtifactEntry): string | undefined {
  const file = fileHere(entry);
  const platforms = Object.entries(entry.platforms).map(([name, { minGlibc }]) =>
    minGlibc ? `${name} (glibc >= ${minGlibc})` : name,
  );
  const exist = `builds exist for ${platforms.join(', ')}`;
  if (!file) return `has no build for ${platformKey()}: ${exist}`;
  if (file.minGlibc === undefined) return undefined;
  const { glibc } = machine();
  if (glibc === undefined) return `has no build for musl: ${exist}`;
  return isAtLeast(glibc, file.minGlibc) ? undefined : `needs glibc ${file.minGlibc} and this machine has ${glibc}: ${exist}`;
}

function answers(entry: ArtifactEntry, asked: string | undefined): boolean {
  if (asked === undefined || asked === entry.version) return true;
  const [major = '', ...minor] = asked.split('.');
  if (entry.standsFor.includes(major)) return true;
  const [entryMajor, ...entryMinor] = entry.version.split('.');
  return major === entryMajor && (minor.length === 0 || isAtLeast(entryMinor.join('.'), minor.join('.')));
}

/** True when `version` is `least` or later; numbers and dots. */
function isAtLeast(version: string, least: string): boolean {
  const parts = version.split('.').map(Number);
  for (const [i, number] of least.split('.').map(Number).entries()) {
    const part = parts[i] ?? 0;
    if (Number.isNaN(number) || part < number) return false;
    if (part > number) return true;
  }
  return true;
}
