import path from 'node:path';
import type { ArtifactOverride } from '../core/config.ts';
import { formatDuration } from '../util/format.ts';
import { chooseEntry } from './choose.ts';
import { createFetcher } from './fetcher.ts';
import type { ArtifactEntry } from './lock-entry.ts';
import { LOCK_LIST } from './lock-list.ts';
import { findProjectLock, PROJECT_LOCK, withPins, writeProjectLock } from './project-lock.ts';

export interface PrefetchOptions {
  /** Artifact keys and the versions asked for, as in launch specs; empty = every build of the lock list that runs here. */
  readonly wanted: readonly { readonly key: string; readonly version: string | undefined }[];
  readonly overrides: Readonly<Record<string, ArtifactOverride>>;
  /** The project's folder. */
  readonly cwd: string;
  /** Pin the builds in `seatrial.lock`. */
  readonly lock: boolean;
  readonly signal: AbortSignal;
  progress(line: string): void;
}
export interface Prefetched {
  readonly key: string;
  readonly version: string;
  readonly source: string;
  /** False: it was in the cache already. */
  readonly fetched: boolean;
  readonly ms: number;
}

/** Fills the cache with server builds; afterwards nothing needs the network. */
export async function prefetch(
  options: PrefetchOptions,
): Promise<{ readonly builds: readonly Prefetched[]; readonly lockFile: string | undefined }> {
  const { cwd, signal, progress } = options;
  const existing = findProjectLock(cwd);
  const entries = withPins(existing, LOCK_LIST);
  const fetcher = createFetcher(options.overrides, { cwd });
  const wanted = options.wanted.length > 0 ? options.wanted : await everythingThatRuns(entries, fetcher);
  const builds = await Promise.all(
    wanted.map(async ({ key, version }): Promise<Prefetched> => {
      const start = performance.now();
      const found = await fetcher.find(key, version);
      const tools = await fetcher.fetch(key, version, { signal, progress });
      const ms = performance.now() - start;
      const fetched = !('present' in found && found.present);
      progress(`${key} ${tools.version} ${fetched ? `is in the cache after ${formatDuration(ms)}` : 'was in the cache'}`);
      return { key, version: tools.version, source: 'source' in found ? found.source : '', fetched, ms };
    }),
  );
  if (!options.lock) return { builds, lockFile: undefined };
  const lockFile = existing?.file ?? path.join(cwd, PROJECT_LOCK);
  const chosen = wanted
    .map(({ key, version }) => chooseEntry(entries, key, version))
    .flatMap((choice) => ('entry' in choice ? [choice.entry] : []));
  const others = existing?.builds.filter((build) => !chosen.some((entry) => entry.key === build.key)) ?? [];
  writeProjectLock(lockFile, [...new Set([...chosen, ...others])]);
  return { builds, lockFile };
}

async function everythingThatRuns(entries: readonly ArtifactEntry[], fetcher: ReturnType<typeof createFetcher>) {
  const found = await Promise.all(
    entries.map(async ({ key }) => ({ key, version: undefined, runs: !('missing' in (await fetcher.find(key, undefined))) })),
  );
  return found.filter(({ runs }) => runs);
}
