import type { DataLayer, OfflineLayer, OnlineLayer, ServerSpec, Toolset } from '../core/launch-spec.ts';
import { SeatrialError } from '../errors.ts';
import { formatBytes, formatDuration } from '../util/format.ts';
import { withLock } from '../util/lock.ts';
import { freeBytes } from '../util/platform/folders.ts';
import { runCommand } from '../util/platform/run-command.ts';
import type { ServiceUser } from '../util/platform/service-user.ts';
import { SERVICE_TAG } from './end-session.ts';
import { chainKeys, dropPrepared, findPrepared, preparedLock, savePrepared, usePrepared } from './prepared-store.ts';

export interface DataTask {
  readonly spec: ServerSpec;
  /** The service's own layers, then those of migrations and seeds. */
  readonly layers: readonly DataLayer[];
  readonly tools: Toolset;
  readonly user: ServiceUser | undefined;
  readonly sessionId: string;
  readonly signal: AbortSignal;
  /** `--fresh`: nothing that holds migrations or seeds is reused. */
  readonly fresh: boolean;
  /** Makes an empty data folder with the service's owner; removes what was there. */
  emptyFolder(bytes: number): string;
  onStep(step: { readonly title: string; readonly ms: number; readonly reused: boolean }): void;
  warn(line: string): void;
}

export interface PreparedData {
  readonly dataDir: string;
  /** Online layers that still must be carried out on the running server. */
  readonly pending: readonly OnlineLayer[];
  /** Under this key the directory is kept once `pending` is done; undefined when it can't be reused or nothing is pending. */
  readonly saveAs: string | undefined;
  /** How the data came to be, for the user. */
  readonly story: string;
}

/** A guess for data that was never made: what PostgreSQL's initdb leaves. */
const TYPICAL_BYTES = 48 * 1024 * 1024;

/**
 * Makes the data directory of a service as far as that goes without its server: copied from the deepest prepared one in the cache, else
 * made by the offline layers and kept for the next time. Two processes that need the same one make it once.
 */
export async function prepareData(task: DataTask): Promise<PreparedData> {
  const keys = chainKeys({ build: task.tools.buildId, user: task.user?.uid ?? null }, task.layers.map(layerKey));
  const offline = task.layers.filter((layer): layer is OfflineLayer => layer.kind === 'offline');
  const online = task.layers.slice(offline.length) as OnlineLayer[];
  const lastKey = keys.at(-1);
  const env = { [SERVICE_TAG]: task.sessionId };

  const reusable = (count: number) => {
    const key = keys[count - 1];
    const layers = task.layers.slice(0, count);
    if (!key || (task.fresh && layers.some((layer) => layer.maxAgeMs !== undefined))) return undefined;
    return findPrepared(key, Math.min(...layers.map((layer) => layer.maxAgeMs ?? Number.POSITIVE_INFINITY)));
  };
  const refused = new Set<string>(); // told once
  const copyOf = async (count: number) => {
    const prepared = reusable(count);
    if (!prepared || refused.has(prepared.folder)) return undefined;
    const dataDir = task.emptyFolder(prepared.bytes);
    try {
      await usePrepared(prepared, dataDir, task.user, env);
    } catch (cause) {
      if (isFull(cause)) throw fullError(dataDir, prepared.bytes, cause);
      task.warn(`a prepared data directory could not be used and is made again: ${(cause as Error).message}`);
      if (isDamage(cause)) dropPrepared(prepared);
      else refused.add(prepared.folder);
      return undefined;
    }
    return { dataDir, age: Date.now() - prepared.madeAt };
  };

  for (let count = task.layers.length; count >= offline.length; count--) {
    const copy = await copyOf(count);
    if (!copy) continue;
    const pending = online.slice(count - offline.length);
    for (const layer of online.slice(0, count - offline.length)) task.onStep({ title: layer.title, ms: 0, reused: true });
    const story =
      count > offline.length
        ? `reused, made ${formatDuration(copy.age)} ago, because nothing that ${online[count - offline.length - 1]?.title ?? 'it'} depends on has changed`
        : 'copied from a prepared data directory';
    return { dataDir: copy.dataDir, pending, saveAs: pending.length > 0 ? lastKey : undefined, story };
  }

  const make = () => makeOffline(task, offline, keys, copyOf);
  const offlineKey = keys[offline.length - 1];
  const dataDir = await oneAtATime(
    offlineKey,
    task.signal,
    async () => (await copyOf(offline.length))?.dataDir ?? (await make()),
  );
  return { dataDir, pending: online, saveAs: online.length > 0 ? lastKey : undefined, story: 'made new' };
}

/** Under the lock of what is made; without one where the cache can't be written: then everybody makes its own. */
export async function oneAtATime<T>(key: string | undefined, signal: AbortSignal, make: () => Promise<T>): Promise<T> {
  if (!key) return make();
  let begun = false;
  try {
    return await withLock(preparedLock(key), { signal }, () => {
      begun = true;
      return make();
    });
  } catch (error) {
    if (begun || !['EACCES', 'EROFS', 'ENOSPC', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return make();
  }
}

async function makeOffline(
  task: DataTask,
  layers: readonly OfflineLayer[],
  keys: readonly (string | undefined)[],
  copyOf: (count: number) => Promise<{ dataDir: string } | undefined>,
): Promise<string> {
  let done = layers.length - 1;
  let dataDir: string | undefined;
  for (; done > 0 && !dataDir; done--) dataDir = (await copyOf(done))?.dataDir;
  done = dataDir ? done + 1 : 0;
  dataDir ??= task.emptyFolder(TYPICAL_BYTES);
  for (const [index, layer] of layers.entries()) {
    if (index < done) continue;
    const startedAt = performance.now();
    await layer.build({ tools: task.tools, dataDir, exec: execFor(task, dataDir), signal: task.signal });
    task.onStep({ title: layer.title, ms: performance.now() - startedAt, reused: false });
    const key = keys[index];
    if (key) await keepPrepared(key, dataDir, task);
  }
  return dataDir;
}

/** Keeping is a service to the next run: when the cache can't take it, this run goes on and says so. */
export async function keepPrepared(key: string, dataDir: string, task: Pick<DataTask, 'sessionId' | 'warn'>): Promise<void> {
  try {
    await savePrepared(key, dataDir, { [SERVICE_TAG]: task.sessionId });
  } catch (cause) {
    task.warn(`the prepared data directory can't be kept in the cache: ${(cause as Error).message}`);
  }
}

/** What the system refused (room, permission, processes) is no fault of the archive: the next run needs it as it is. */
function isDamage(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === undefined;
}

function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function fullError(folder: string, bytes: number, cause: unknown): SeatrialError {
  return new SeatrialError(
    'SEATRIAL_RUNTIME_UNUSABLE',
    `the data folder ${folder} is full: a copy of a prepared data directory of ${formatBytes(bytes)} has no room there`,
    {
      cause,
      hint: 'free space there, or set SEATRIAL_DATA_DIR to a folder with more room, on memory or disk',
      details: { folder, bytes, freeBytes: freeBytes(folder) },
    },
  );
}

function layerKey(layer: DataLayer): unknown {
  return layer.key === undefined ? undefined : { title: layer.title, key: layer.key };
}

function execFor(task: DataTask, dataDir: string) {
  return async (
    file: string,
    args: readonly string[],
    options: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {},
  ) => {
    const result = await runCommand(file, args, {
      cwd: dataDir,
      env: {
        PATH: process.env.PATH,
        LC_ALL: 'C.UTF-8',
        TZ: 'UTC',
        ...task.tools.env,
        ...options.env,
        [SERVICE_TAG]: task.sessionId,
      },
      user: task.user,
      signal: task.signal,
      detached: true,
      ...(options.input === undefined ? {} : { input: options.input }),
    });
    if (result.exitCode === 0) return result.stdout;
    const output = (result.stdout + result.stderr).trim().split('\n').slice(-20);
    throw new SeatrialError(
      'SEATRIAL_SERVICE_START_FAILED',
      `${file.split('/').at(-1)} failed with ${result.signal ?? `exit code ${result.exitCode}`}:\n${output.join('\n')}`,
      {
        details: { program: file, exitCode: result.exitCode, signal: result.signal, output },
        hint: 'run `seatrial doctor`; `seatrial prune --cache` removes cached data directories and server builds',
      },
    );
  };
}
