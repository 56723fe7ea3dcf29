import fs from 'node:fs';
import path from 'node:path';
import type { Death, Running } from '../core/driver.ts';
import type { DataLayer } from '../core/launch-spec.ts';
import { redact } from '../errors.ts';
import type { ServiceUser } from '../util/platform/service-user.ts';
import { SERVICE_TAG } from './end-session.ts';
import { keepPrepared, oneAtATime, type PreparedData, prepareData } from './prepare-data.ts';
import { findPrepared, type Prepared, packPrepared, usePrepared } from './prepared-store.ts';
import { createServiceHome } from './service-home.ts';
import { accountOf, type ServerTask, type Started, startServer } from './start-server.ts';

export interface BinaryTask extends ServerTask {
  /** Layers of migrations and seeds, after the service's own. */
  readonly extraLayers: readonly DataLayer[];
  /** A packed data directory to start on, instead of what the layers make. */
  readonly packed?: Prepared | undefined;
  readonly fresh: boolean;
  /** False when what was done on the server must not be kept for other runs. */
  mayKeep(): boolean;
  onStep(step: { readonly title: string; readonly ms: number; readonly reused: boolean }): void;
  onOutput(line: string): void;
  warn(line: string): void;
}

export interface RunningBinary extends Running {
  restart(): Promise<void>;
  /** Stops the server in order, packs its data directory into a new folder, and starts it again on its port. */
  packData(at: string): Promise<Prepared>;
}

/** Runs a server on an ephemeral data directory; resolves when it is ready on every loopback address. On failure nothing of it is left. */
export async function launchBinary(task: BinaryTask): Promise<RunningBinary> {
  const { spec, session } = task;
  const logFile = path.join(session.folder, 'logs', `${task.name}.log`);
  fs.mkdirSync(path.dirname(logFile), { recursive: true, mode: 0o700 });
  const user = accountOf(spec);
  const home = createServiceHome(task.name, session, user);

  const prepare = async (): Promise<PreparedData> => {
    if (task.packed) return unpack(task.packed, home.empty(task.packed.bytes), user, session.id);
    return prepareData({
      ...task,
      layers: [...spec.layers, ...task.extraLayers],
      user,
      sessionId: session.id,
      emptyFolder: home.empty,
    });
  };
  const start = (dataDir: string, port: number | undefined) => startServer(task, dataDir, home.socketDir(), logFile, port);
  try {
    task.service.preload?.().catch(() => {}); // `ready` will tell
    const data = await prepare();
    const { pending, saveAs } = data;
    const [ready, story, dataDir] =
      pending.length > 0 && saveAs
        ? await oneAtATime(saveAs, task.signal, async () => {
            const now = findPrepared(saveAs) && !task.fresh ? await prepare() : data; // another process has made it meanwhile
            return [await carryOut(task, now, (port) => start(now.dataDir, port)), now.story, now.dataDir] as const;
          })
        : [await carryOut(task, data, (port) => start(data.dataDir, port)), data.story, data.dataDir];
    return running(task, ready, { logFile, story, dataDir, start: (port) => start(dataDir, port), removeHome: home.remove });
  } catch (error) {
    home.remove();
    throw error;
  }
}

/** Starts the server on its data and does what is left to do on it; the result is kept for other runs when it may be. */
async function carryOut(
  task: BinaryTask,
  data: PreparedData,
  start: (port: number | undefined) => Promise<Started>,
): Promise<Started> {
  const { stop } = task.spec;
  let current = await start(task.port);
  try {
    for (const layer of data.pending) {
      const startedAt = performance.now();
      await layer.build({ endpoint: current.endpoint, log: (line) => task.onOutput(redact(line)), signal: task.signal });
      task.onStep({ title: layer.title, ms: performance.now() - startedAt, reused: false });
    }
    if (data.pending.length > 0) await task.service.settle?.(current.endpoint);
    if (data.pending.length > 0 && data.saveAs && task.mayKeep()) {
      await current.process.end(stop.signal, stop.graceMs);
      await keepPrepared(data.saveAs, data.dataDir, { sessionId: task.session.id, warn: task.warn });
      current = await start(task.port);
    }
    return current;
  } catch (error) {
    await current.process.end(stop.crashSignal, stop.graceMs);
    throw error;
  }
}

async function unpack(
  packed: Prepared,
  dataDir: string,
  user: ServiceUser | undefined,
  sessionId: string,
): Promise<PreparedData> {
  await usePrepared(packed, dataDir, user, { [SERVICE_TAG]: sessionId });
  return { dataDir, pending: [], saveAs: undefined, story: 'copied from the data that migrations and seed have left' };
}

interface Place {
  readonly logFile: string;
  readonly story: string;
  readonly dataDir: string;
  start(port: number): Promise<Started>;
  removeHome(): void;
}

function running(task: BinaryTask, first: Started, place: Place): RunningBinary {
  const { logFile, story, start, removeHome } = place;
  let current = first;
  let expected = false;
  const watch = ({ process }: Started) =>
    new Promise<Death>((resolve) => {
      void process.ended.then((death) => {
        if (!expected && process === current.process) resolve(death);
      });
    });
  let died = watch(first);
  const again = async (whileDown: () => Promise<void>) => {
    expected = true;
    try {
      await current.process.end(task.spec.stop.signal, task.spec.stop.graceMs);
      await whileDown();
      current = await start(current.endpoint.port);
      died = watch(current);
    } catch (error) {
      died = current.process.ended;
      throw error;
    } finally {
      expected = false;
    }
  };
  return {
    get endpoint() {
      return current.endpoint;
    },
    version: task.tools.version,
    get pid() {
      return current.process.pid;
    },
    logFile,
    data: task.spec.layers.length > 0 ? story : undefined,
    get died() {
      return died;
    },
    restart: () => again(async () => {}),
    packData: async (at) => {
      let packed: Prepared | undefined;
      await again(async () => {
        packed = await packPrepared(at, place.dataDir, { [SERVICE_TAG]: task.session.id });
      });
      return packed as Prepared;
    },
    [Symbol.asyncDispose]: async () => {
      expected = true;
      await current.process.end(task.spec.stop.crashSignal, task.spec.stop.graceMs); // its data are thrown away: no orderly stop is needed
      removeHome();
    },
  };
}
