import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Endpoint } from '../../src/core/connection.ts';
import type { ServerSpec, Toolset } from '../../src/core/launch-spec.ts';
import type { ConfiguredService } from '../../src/core/service.ts';
import { chooseDataRoot } from '../../src/util/platform/folders.ts';
import { loopbackAddresses, pickPort } from '../../src/util/platform/ports.ts';
import { runCommand } from '../../src/util/platform/run-command.ts';
import { serviceUser } from '../../src/util/platform/service-user.ts';

export interface StartedBinary extends AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly nonce: string;
  readonly pid: number;
  readonly folder: string;
  readonly timings: { readonly offlineMs: number; readonly readyMs: number };
  log(): string;
}

export interface StartOptions {
  readonly port?: number;
  readonly addresses?: readonly string[];
  readonly readyTimeoutMs?: number;
}

/** Starts one service on a folder of its own, as the session does, but with no cache, gate or ledger: for tests of a single service. */
export async function startBinary(
  service: ConfiguredService,
  spec: ServerSpec,
  tools: Toolset,
  options: StartOptions = {},
): Promise<StartedBinary> {
  const folder = makeFolder();
  try {
    const user = spec.ownAccount ? undefined : serviceUser();
    const dataDir = path.join(folder, 'data');
    fs.mkdirSync(dataDir, { mode: 0o700 });
    if (user) for (const one of [folder, dataDir]) fs.chownSync(one, user.uid, user.gid);
    const signal = AbortSignal.timeout(60_000);
    const begun = performance.now();
    for (const layer of spec.layers) {
      if (layer.kind !== 'offline') continue;
      await layer.build({
        tools,
        dataDir,
        signal,
        async exec(file, args, { env, input } = {}) {
          const result = await runCommand(file, args, {
            env: { ...process.env, ...tools.env, ...env },
            user,
            signal,
            ...(input === undefined ? {} : { input }),
          });
          if (result.exitCode !== 0) throw new Error(`${file} ended with ${result.exitCode}: ${result.stderr}${result.stdout}`);
          return result.stdout;
        },
      });
    }
    const offlineMs = performance.now() - begun;
    const server = await startServer({ service, spec, tools, options, folder, dataDir });
    for (const layer of spec.layers)
      if (layer.kind === 'online') await layer.build({ endpoint: server.endpoint, log: () => {}, signal });
    return {
      ...server,
      folder,
      timings: { offlineMs, readyMs: server.readyMs },
      [Symbol.asyncDispose]: async () => {
        await stop(server.child, spec);
        removeFolder(folder);
      },
    };
  } catch (error) {
    removeFolder(folder);
    throw error;
  }
}

interface ServerTask {
  readonly service: ConfiguredService;
  readonly spec: ServerSpec;
  readonly tools: Toolset;
  readonly options: StartOptions;
  readonly folder: string;
  readonly dataDir: string;
}

/** Tries another port when somebody took the first one in between, unless the port is fixed. */
async function startServer(task: ServerTask, tries = 1): ReturnType<typeof startOnce> {
  try {
    return await startOnce(task);
  } catch (error) {
    if (task.options.port !== undefined || tries === 5 || !task.spec.isPortClash((error as Error).message)) throw error;
    return startServer(task, tries + 1);
  }
}

async function startOnce({ service, spec, tools, options, folder, dataDir }: ServerTask) {
  const user = spec.ownAccount ? undefined : serviceUser();
  const free = await freeEndpoint(options);
  const nonce = randomBytes(12).toString('hex');
  const started = performance.now();
  const command = spec.command({ tools, dataDir, socketDir: folder, nonce, port: free.port, addresses: free.addresses });
  const { control, addresses = free.addresses } = command;
  const endpoint: Endpoint = { ...free, addresses, ...(control ? { control } : {}) };
  const child = spawn(command.file, [...command.args], {
    cwd: command.cwd ?? folder,
    env: { ...process.env, ...tools.env, ...command.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(user ? { uid: user.uid, gid: user.gid } : {}),
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  try {
    await untilReady(service, endpoint, child, nonce, options.readyTimeoutMs ?? 20_000, () => log);
  } catch (error) {
    await stop(child, spec);
    throw error;
  }
  return { endpoint, nonce, child, pid: child.pid as number, readyMs: performance.now() - started, log: () => log };
}

async function freeEndpoint({ port, addresses }: StartOptions): Promise<Endpoint> {
  const all = addresses ?? (await loopbackAddresses());
  return { host: all[0] as string, port: port ?? (await pickPort()), addresses: all };
}

async function untilReady(
  service: ConfiguredService,
  endpoint: Endpoint,
  child: ChildProcess,
  nonce: string,
  timeoutMs: number,
  log: () => string,
) {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`${service.title} ended with ${child.exitCode}:\n${log()}`);
    try {
      return await service.ready(endpoint, { nonce, pid: child.pid, signal: AbortSignal.timeout(10_000) });
    } catch (error) {
      if (performance.now() > deadline) throw new Error(`${service.title} is not ready:\n${log()}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  }
}

async function stop(child: ChildProcess, spec: ServerSpec): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || !child.pid) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill(spec.stop.signal);
  await exit;
}

function removeFolder(folder: string): void {
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

function makeFolder(): string {
  const root = chooseDataRoot(64 * 1024 * 1024);
  fs.mkdirSync(root, { recursive: true, mode: 0o755 });
  return fs.mkdtempSync(path.join(root, 't-'));
}
