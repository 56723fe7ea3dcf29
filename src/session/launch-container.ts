import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Endpoint } from '../core/connection.ts';
import { type Container, type ContainerDeath, type ContainerEngine, PortTaken } from '../core/container.ts';
import type { Death, Running } from '../core/driver.ts';
import type { ImageSpec } from '../core/image-spec.ts';
import type { OnlineLayer } from '../core/launch-spec.ts';
import type { ConfiguredService } from '../core/service.ts';
import { isSeatrialError, redact } from '../errors.ts';
import { pickPort } from '../util/platform/ports.ts';
import { readTextIfThere } from '../util/read-if-there.ts';
import type { Ledger } from './ledger.ts';
import type { SessionFolder } from './session-folder.ts';
import { type StartFailure, startError } from './start-error.ts';

export interface ContainerTask {
  readonly name: string;
  readonly service: ConfiguredService;
  readonly spec: ImageSpec;
  readonly engine: ContainerEngine;
  readonly version: string | undefined;
  /** Of the container. */
  readonly containerName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly memoryBytes: number | undefined;
  /** Migrations and seeds, after the image's own layers. */
  readonly extraLayers: readonly OnlineLayer[];
  /** The same after a restart, when what is in memory has gone. */
  readonly againLayers: readonly OnlineLayer[];
  readonly port: number | undefined;
  readonly readyTimeoutMs: number;
  readonly session: SessionFolder & { readonly ledger: Ledger; readonly watched: Promise<unknown> };
  readonly signal: AbortSignal;
  onStep(step: { readonly title: string; readonly ms: number; readonly reused: boolean }): void;
  onOutput(line: string): void;
}

const PORT_TRIES = 8;
const FAST_POLL_FOR_MS = 3_000;

export interface RunningContainer extends Running {
  /** Its data lie in memory: they are made anew. */
  restart(): Promise<void>;
}

/** Runs a container; resolves when the service in it is ready at its published port. On failure nothing of it is left. */
export async function launchContainer(task: ContainerTask): Promise<RunningContainer> {
  const { service, spec, signal } = task;
  const logFile = path.join(task.session.folder, 'logs', `${task.name}.log`);
  fs.mkdirSync(path.dirname(logFile), { recursive: true, mode: 0o700 });
  service.preload?.().catch(() => {}); // `ready` will tell
  const nonce = crypto.randomBytes(12).toString('hex');
  const { container, endpoint } = await run(task, nonce, logFile);
  const died = (): Promise<Death> => {
    const ended = container.ended();
    return ended.then((death) => (ended === container.ended() && !expected ? death : new Promise<never>(() => {})));
  };
  let expected = false;
  const carryOut = async (layers: readonly OnlineLayer[]) => {
    const failure = await untilReady(task, container, endpoint, nonce, logFile);
    if (failure) throw startError(startTask(task), failure, { port: endpoint.port, insisted: task.port !== undefined, logFile });
    const all = [...(spec.layers ?? []), ...layers];
    for (const layer of all) {
      const startedAt = performance.now();
      await layer.build({ endpoint, log: (line) => task.onOutput(redact(line)), signal });
      task.onStep({ title: layer.title, ms: performance.now() - startedAt, reused: false });
    }
    if (all.length > 0) await service.settle?.(endpoint);
  };
  const remove = async () => {
    expected = true;
    await container.remove();
    task.session.ledger.write({ op: 'gone', id: task.containerName });
  };
  try {
    await carryOut(task.extraLayers);
  } catch (error) {
    await remove();
    signal.throwIfAborted();
    throw error;
  }
  return {
    endpoint,
    version: task.version ?? 'latest',
    pid: undefined,
    logFile,
    data: undefined,
    get died() {
      return died();
    },
    restart: async () => {
      expected = true;
      await container.restart(spec.graceMs ?? 10_000);
      expected = false;
      await carryOut(task.againLayers);
    },
    [Symbol.asyncDispose]: remove,
  };
}

/** A port that somebody took in between is changed for another, unless the user insists on it. The ledger knows the container before it is made. */
async function run(
  task: ContainerTask,
  nonce: string,
  logFile: string,
): Promise<{ readonly container: Container; readonly endpoint: Endpoint }> {
  const { spec, engine, containerName: name, session } = task;
  await session.watched;
  session.ledger.write({
    op: 'own',
    id: name,
    thing: { kind: 'container', name, address: engine.address },
  });
  for (let tries = 1; ; tries++) {
    task.signal.throwIfAborted();
    const published = await pickPorts(spec.ports, task.port);
    const { host } = engine;
    try {
      const container = await engine.run({
        ...spec.container({ image: spec.image, version: task.version, host, published, nonce }),
        name,
        image: spec.image,
        labels: task.labels,
        publish: published,
        memoryBytes: task.memoryBytes,
        logFile,
        signal: task.signal,
      });
      const port = published[spec.ports[0] as number] as number;
      return { container, endpoint: { host, port, addresses: [host], ports: published } };
    } catch (error) {
      if (error instanceof PortTaken && task.port === undefined && tries < PORT_TRIES) continue;
      session.ledger.write({ op: 'gone', id: name });
      if (!(error instanceof PortTaken)) throw error;
      throw startError(startTask(task), 'port taken', { port: task.port ?? 0, insisted: task.port !== undefined, logFile });
    }
  }
}

async function pickPorts(inside: readonly number[], first: number | undefined): Promise<Readonly<Record<number, number>>> {
  const picked: Record<number, number> = {};
  for (const port of inside) {
    let free = Object.keys(picked).length === 0 && first !== undefined ? first : await pickPort();
    while (Object.values(picked).includes(free)) free = await pickPort();
    picked[port] = free;
  }
  return picked;
}

/** Undefined when the service is ready. */
async function untilReady(
  task: ContainerTask,
  container: Container,
  endpoint: Endpoint,
  nonce: string,
  logFile: string,
): Promise<StartFailure | undefined> {
  let death: ContainerDeath | undefined;
  const gone = new AbortController();
  void container.ended().then((end) => {
    death = end;
    gone.abort();
  });
  const startedAt = performance.now();
  let reason = new Error('no answer yet');
  const { readyWhen } = task.spec;
  while (performance.now() - startedAt < task.readyTimeoutMs) {
    if (death) return death;
    if (task.signal.aborted) return { timedOut: new Error('stopped while starting') };
    try {
      const signal = AbortSignal.any([task.signal, gone.signal, AbortSignal.timeout(5000)]);
      if (readyWhen && 'log' in readyWhen) checkLog(logFile, readyWhen.log);
      else if (readyWhen) await container.check(readyWhen, signal);
      await task.service.ready(endpoint, { nonce, pid: undefined, signal });
      return undefined;
    } catch (error) {
      if (isSeatrialError(error) && error.code === 'SEATRIAL_OPTION_INVALID') throw error; // that will not change
      reason = error instanceof Error ? error : new Error(String(error));
    }
    const pauseMs = performance.now() - startedAt < FAST_POLL_FOR_MS ? 10 : 50;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return death ?? { timedOut: reason };
}

function checkLog(file: string, pattern: RegExp): void {
  if (!pattern.test(readTextIfThere(file) ?? '')) throw new Error(`its log has no line like ${pattern}`);
}

function startTask(task: ContainerTask) {
  return { ...task, version: task.version ?? task.spec.image };
}
