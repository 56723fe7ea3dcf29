import crypto from 'node:crypto';
import fs from 'node:fs';
import type { Endpoint } from '../core/connection.ts';
import type { Death } from '../core/driver.ts';
import type { ServerSpec, Toolset } from '../core/launch-spec.ts';
import type { ConfiguredService } from '../core/service.ts';
import { loopbackAddresses, pickPort } from '../util/platform/ports.ts';
import { type ServiceUser, serviceUser } from '../util/platform/service-user.ts';
import type { Ledger } from './ledger.ts';
import { type OwnedProcess, startOwned } from './process-host.ts';
import type { SessionFolder } from './session-folder.ts';
import { type StartFailure, startError } from './start-error.ts';

/** A server to start on data that are there. */
export interface ServerTask {
  readonly name: string;
  readonly service: ConfiguredService;
  readonly spec: ServerSpec;
  readonly tools: Toolset;
  readonly port: number | undefined;
  readonly readyTimeoutMs: number;
  readonly session: SessionFolder & { readonly ledger: Ledger; readonly watched: Promise<unknown> };
  readonly signal: AbortSignal;
}
export interface Started {
  readonly process: OwnedProcess;
  readonly endpoint: Endpoint;
}

const PORT_TRIES = 8;
/** Most servers are ready within this time: asking often saves milliseconds of each start. */
const FAST_POLL_FOR_MS = 300;

/** Starts the server process and waits until it is ready. A port that somebody took in between is changed for another, unless the user insists on it. */
export async function startServer(
  task: ServerTask,
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
  task: ServerTask,
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

export function accountOf(spec: ServerSpec): ServiceUser | undefined {
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
