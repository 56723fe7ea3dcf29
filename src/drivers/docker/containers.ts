import fs from 'node:fs';
import {
  CONTAINER_LABELS,
  type Container,
  type ContainerDeath,
  type ContainerEngine,
  type ContainerRequest,
  PortTaken,
} from '../../core/container.ts';
import type { ContainerFile } from '../../core/image-spec.ts';
import { SeatrialError } from '../../errors.ts';
import { tarArchive } from '../../util/tar-archive.ts';
import { checkContainer } from './check.ts';
import { EngineError } from './client.ts';
import type { Engine } from './connect.ts';
import { writeLog } from './log-stream.ts';
import { ownerLabel, removeContainer } from './remove.ts';

/** Words of Docker and Podman for a port that somebody has. */
const PORT_TAKEN = /port is already allocated|address already in use|ports are not available/i;

/** So long the last lines of a log may come after its container has ended. */
const LOG_END_MS = 1_000;

export function containerEngine(engine: Engine): ContainerEngine {
  return {
    title: engine.title,
    address: engine.address,
    host: engine.host,
    async run(request) {
      const failed = (error: unknown) => (error instanceof EngineError ? engineFailed(engine, request, error) : error);
      let id: string;
      try {
        ({ Id: id } = await engine.call<{ Id: string }>('POST', '/containers/create', {
          query: { name: request.name },
          body: createBody(engine, request),
          signal: request.signal,
        }));
      } catch (error) {
        throw failed(error);
      }
      try {
        if (request.files && request.files.length > 0)
          await engine.call('PUT', `/containers/${id}/archive`, {
            query: { path: '/' },
            body: tarArchive(request.files.map(toEntry)),
            signal: request.signal,
          });
        return await start(engine, id, request);
      } catch (error) {
        await removeContainer(engine, id).catch(() => {});
        throw failed(error);
      }
    },
  };
}

async function start(engine: Engine, id: string, request: ContainerRequest): Promise<Container> {
  const closing = new AbortController();
  const begin = async (
    verb: 'start' | 'restart',
    since: number | undefined,
    graceMs = 0,
  ): Promise<{ readonly ended: Promise<ContainerDeath> }> => {
    const query = verb === 'restart' ? { t: String(Math.ceil(graceMs / 1000)) } : {};
    await engine.call('POST', `/containers/${id}/${verb}`, { query }).catch((error: Error) => {
      throw PORT_TAKEN.test(error.message) ? new PortTaken(error.message) : error;
    });
    const waiting = engine.call<{ StatusCode: number }>('POST', `/containers/${id}/wait`, { signal: closing.signal });
    const logged = engine
      .open('GET', `/containers/${id}/logs`, {
        query: { follow: '1', stdout: '1', stderr: '1', ...(since ? { since: (since / 1000).toFixed(3) } : {}) },
        signal: closing.signal,
      })
      .then((stream) => writeLog(stream, request.logFile))
      .catch(() => {});
    const ended = waiting.then(
      async ({ StatusCode }) => {
        await Promise.race([logged, new Promise((resolve) => setTimeout(resolve, LOG_END_MS).unref())]);
        return { exitCode: StatusCode, signal: null, outOfMemory: await wasOutOfMemory(engine, id) };
      },
      () => new Promise<never>(() => {}), // it is being removed, or the engine has gone: not a death of its own
    );
    return { ended };
  };
  let { ended } = await begin('start', undefined);
  return {
    ended: () => ended,
    restart: async (graceMs) => {
      ({ ended } = await begin('restart', Date.now(), graceMs));
    },
    check: (when, signal) => checkContainer(engine, id, when, signal),
    remove: async () => {
      closing.abort();
      await removeContainer(engine, id);
    },
  };
}

function createBody(engine: Engine, request: ContainerRequest): unknown {
  const ports = Object.entries(request.publish).map(([inside, port]): [string, unknown] => [
    `${inside}/tcp`,
    [{ HostIp: engine.bindAddress, HostPort: String(port) }],
  ]);
  return {
    Image: request.image,
    Env: Object.entries(request.env ?? {}).map(([name, value]) => `${name}=${value}`),
    ...(request.args ? { Cmd: request.args } : {}),
    ...(request.entrypoint ? { Entrypoint: request.entrypoint } : {}),
    Labels: { ...request.labels, [CONTAINER_LABELS.owner]: ownerLabel() },
    ExposedPorts: Object.fromEntries(ports.map(([port]) => [port, {}])),
    HostConfig: {
      PortBindings: Object.fromEntries(ports),
      Tmpfs: Object.fromEntries((request.tmpfs ?? []).map((folder) => [folder, 'rw'])),
      ...(request.shmBytes ? { ShmSize: request.shmBytes } : {}),
      ...(request.memoryBytes ? { Memory: request.memoryBytes, MemorySwap: request.memoryBytes } : {}),
    },
  };
}

function toEntry({ path, content, mode = 0o644 }: ContainerFile) {
  return {
    path: path.replace(/^\/+/, ''),
    content: typeof content === 'string' ? Buffer.from(content) : fs.readFileSync(content.file),
    mode,
  };
}

async function wasOutOfMemory(engine: Engine, id: string): Promise<boolean> {
  try {
    const { State } = await engine.call<{ State?: { OOMKilled?: boolean } }>('GET', `/containers/${id}/json`);
    return State?.OOMKilled === true;
  } catch {
    return false;
  }
}

function engineFailed(engine: Engine, { name, image }: ContainerRequest, error: EngineError): SeatrialError {
  return new SeatrialError('SEATRIAL_ENGINE_FAILED', `${engine.title} did not start ${name} of ${image}: ${error.message}`, {
    cause: error,
    details: { container: name, image, status: error.status },
    hint:
      error.status === 409
        ? 'another container has that name: remove it, or give another run id'
        : 'see what the engine says above',
  });
}
