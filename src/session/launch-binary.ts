import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Endpoint } from '../core/connection.ts';
import type { Death, Running } from '../core/driver.ts';
import type { DataLayer, ServerSpec, Toolset } from '../core/launch-spec.ts';
import type { ConfiguredService } from '../core/service.ts';
import { redact } from '../errors.ts';
import { loopbackAddresses, pickPort } from '../util/platform/ports.ts';
import { type ServiceUser, serviceUser } from '../util/platform/service-user.ts';
import { SERVICE_TAG } from './end-session.ts';
import type { Ledger } from './ledger.ts';
import { keepPrepared, oneAtATime, type PreparedData, prepareData } from './prepare-data.ts';
import { findPrepared, type Prepared, packPrepared, usePrepared } from './prepared-store.ts';
import { type OwnedProcess, startOwned } from './process-host.ts';
import { createServiceHome } from './service-home.ts';
import type { SessionFolder } from './session-folder.ts';
import { type StartFailure, startError } from './start-error.ts';

export interface BinaryTask {
  readonly name: string;
  readonly service: ConfiguredService;
  readonly spec: ServerSpec;
  readonly tools: Toolset;
  /** Layers of migrations and seeds, after the service's own. */
  readonly extraLayers: readonly DataLayer[];
  /** A packed data directory to start on, instead of what the layers make. */
  readonly packed?: Prepared | undefined;
  readonly port: number | undefined;
  readonly fresh: boolean;
  readonly readyTimeoutMs: number;
  readonly session: SessionFolder & { readonly ledger: Ledger; readonly watched: Promise<unknown> };
  readonly signal: AbortSignal;
  /** False when what was done on the server must not be kept for other runs. */
  mayKeep(): boolean;
  onStep(step: { readonly title: string; readonly ms: number; readonly reused: boolean }): void;
  onOutput(line: string): void;
  warn(line: string): void;
}

const PORT_TRIES = 8;
/** Most servers are ready within this time: asking often saves milliseconds of each start. */
const FAST_POLL_FOR_MS = 300;

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

interface Started {
  readonly process: OwnedProcess;
  readonly endpoint: Endpoint;
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

/** Starts the server process and waits until it is ready. A port that somebody took in between is changed for another, unless the user insists on it. */
async function startServer(
  task: BinaryTask,
  dataDir: string,
  socketDir: string,
  logFile: string,
  fixedPort: number | undefined,
): Promise<Started> {
  const { spec, tools } = task;
  for (let tries = 1; ; tries++) {
    task.signal.throwIfAborted();
    const port = fixedPort ?? (await pickPort());
    const nonce = crypto.randomBytes(12).toString('hex');
    const loopback = await loopbackAddresses();
    const command = spec.command({ tools, dataDir, socketDir, port, addresses: loopback, nonce });
    const { unixSocket, control, addresses = loopback } = command;
    const endpoint: Endpoint = {
      host: addresses[0] as string,
      port,
      addresses,
      ...(unixSocket ? { unixSocket } : {}),
      ...(control ? { control } : {}),
    };
    const logFrom = fileSize(logFile);
    const process = await startOwned(
      {
        name: task.name,
        file: command.file,
        args: command.args,
        env: { ...tools.env, ...command.env },
        cwd: command.cwd ?? dataDir,
        user: accountOf(spec),
        logFile,
        crashSignal: spec.stop.crashSignal,
      },
      task.session,
    );
    const newLog = () => readFrom(logFile, logFrom);
    const outcome = await untilReady(task, endpoint, process, nonce, newLog);
    if (outcome === 'ready') return { process, endpoint };
    await process.end(spec.stop.crashSignal, spec.stop.graceMs);
    task.signal.throwIfAborted();
    if (outcome === 'port taken' && fixedPort === undefined && tries < PORT_TRIES) continue;
    throw startError({ ...task, version: tools.version }, outcome, { port, insisted: task.port !== undefined, logFile });
  }
}

async function untilReady(
  task: BinaryTask,
  endpoint: Endpoint,
  process: OwnedProcess,
  nonce: string,
  newLog: () => string,
): Promise<'ready' | StartFailure> {
  let death: Death | undefined;
  const ended = new AbortController();
  void process.ended.then((end) => {
    death = end;
    ended.abort(); // somebody else may have the port, who accepts and says nothing
  });
  const deadline = performance.now() + task.readyTimeoutMs;
  let reason = new Error('no answer yet');
  const startedAt = performance.now();
  while (performance.now() < deadline) {
    if (death) return task.spec.isPortClash(newLog()) ? 'port taken' : death;
    if (task.signal.aborted) return { timedOut: new Error('stopped while starting') };
    try {
      await task.service.ready(endpoint, {
        nonce,
        pid: process.pid,
        signal: AbortSignal.any([task.signal, ended.signal, AbortSignal.timeout(5000)]),
      });
      return 'ready';
    } catch (error) {
      reason = error instanceof Error ? error : new Error(String(error));
    }
    const pauseMs = performance.now() - startedAt < FAST_POLL_FOR_MS ? 3 : 50;
    if (pauseMs >= 50 && task.spec.isPortClash(newLog())) return 'port taken'; // it may live on with one of two addresses
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return { timedOut: reason };
}

function accountOf(spec: ServerSpec): ServiceUser | undefined {
  return spec.ownAccount ? undefined : serviceUser();
}

function fileSize(file: string): number {
  try {
    return fs.statSync(file).size;
  } catch {
    return 0;
  }
}

/** What was written behind `offset` bytes. */
function readFrom(file: string, offset: number): string {
  let fd: number;
  try {
    fd = fs.openSync(file, 'r');
  } catch {
    return '';
  }
  try {
    const buffer = Buffer.alloc(Math.max(0, fs.fstatSync(fd).size - offset));
    return buffer.toString('utf8', 0, fs.readSync(fd, buffer, 0, buffer.length, offset));
  } finally {
    fs.closeSync(fd);
  }
}
