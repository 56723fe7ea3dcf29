import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OfflineContext, OfflineLayer, Toolset } from '../../core/launch-spec.ts';
import { pickPort } from '../../util/platform/ports.ts';
import { assemblyArguments, javaArguments } from './java-command.ts';
import { makeNode } from './node-layer.ts';
import { type KafkaClient, openKafkaClient } from './protocol/client.ts';
import { toBatch } from './protocol/records.ts';
import { createTopics, deleteTopics, findCoordinator, readMetadata } from './protocol/topics.ts';
import { fetchBatches, produce } from './protocol/transfer.ts';
import { serverProperties } from './server-properties.ts';

const FIRST_JAVA_WITH_AOT = 24;
const LIMIT_MS = 60_000;

/**
 * Loads and checks the classes of a broker once, in a run of which the JVM keeps what it has learnt: a start then takes half the work. The file
 * lies beside the jars, all brokers share its pages, and without it they start all the same.
 */
export const classDataLayer: OfflineLayer = {
  kind: 'offline',
  title: 'class data of the JVM',
  key: { classData: 1 },
  async build(context) {
    const { tools, dataDir, exec, signal } = context;
    const target = fileOf(tools);
    if (classDataFlags(tools).length > 0 || !isWritable(path.dirname(path.dirname(target)))) return;
    const folder = path.join(dataDir, 'training');
    try {
      const java = tools.bin('java');
      const major = Number(/version "(\d+)/.exec(await exec('/bin/sh', ['-c', '"$0" -version 2>&1', java]))?.[1]);
      const made = path.join(folder, 'class-data');
      if (major >= FIRST_JAVA_WITH_AOT) {
        const recorded = path.join(folder, 'recorded');
        await train(context, folder, ['-XX:AOTMode=record', `-XX:AOTConfiguration=${recorded}`]);
        await exec(java, assemblyArguments(tools, recorded, made));
        install(made, `${target}.aot`);
      } else {
        await train(context, folder, [`-XX:ArchiveClassesAtExit=${made}`, '-Xlog:disable']);
        install(made, `${target}.jsa`);
      }
    } catch {
      signal.throwIfAborted(); // else: a JVM that can't do it starts slower, and that is all
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Flags by which a JVM takes the class data; none when there are none. */
export function classDataFlags(tools: Toolset): readonly string[] {
  const file = fileOf(tools);
  if (fs.existsSync(`${file}.aot`)) return [`-XX:AOTCache=${file}.aot`];
  return fs.existsSync(`${file}.jsa`) ? [`-XX:SharedArchiveFile=${file}.jsa`] : [];
}

/** Beside the folder of the jars, so that it goes when they go. */
function fileOf(tools: Toolset): string {
  const id = createHash('sha256').update(tools.buildId).digest('hex').slice(0, 16);
  return path.join(path.dirname(path.dirname(tools.bin('kafka.jar'))), 'class-data', id);
}

function install(made: string, target: string): void {
  fs.mkdirSync(path.dirname(target), { recursive: true, mode: 0o755 });
  const draft = `${target}.${process.pid}`;
  fs.copyFileSync(made, draft);
  fs.chmodSync(draft, 0o644);
  fs.renameSync(draft, target);
}

/** A broker that does once what tests will do, and ends in order. The shell ends it also when nobody is left to ask for that. */
async function train({ tools, exec, signal }: OfflineContext, folder: string, extra: readonly string[]): Promise<void> {
  const stop = path.join(folder, 'stop');
  const [port, controllerPort] = await Promise.all([pickPort(), pickPort()]);
  const address = `127.0.0.1:${port}`;
  const listeners = [{ name: 'PLAINTEXT', bind: address, advertised: address }];
  const { file, logDir } = await makeNode(exec, folder);
  const properties = serverProperties({ listeners, controllerPort, logDir, nonce: 'training' }, {});
  const script =
    'stop=$1; shift; "$@" & pid=$!; n=0; while [ ! -e "$stop" ] && [ $n -lt 600 ] && kill -0 $pid; do sleep 0.1; n=$((n+1)); done; kill $pid; wait $pid; exit 0';
  const args = javaArguments(tools, { properties, file, temporary: folder, extra });
  const ended = exec('/bin/sh', ['-c', script, 'sh', stop, tools.bin('java'), ...args]);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
  await Promise.race([exercise(port, limit).catch(() => {}), ended]); // what was not exercised is loaded later
  fs.writeFileSync(stop, '');
  await ended;
}

async function exercise(port: number, signal: AbortSignal): Promise<void> {
  using client = await untilThere(port, signal);
  await createTopics(client, [{ name: 'training', partitions: 1 }]);
  for (const kind of ['group', 'transaction'] as const) await findCoordinator(client, kind).catch(() => {});
  const bytes = toBatch({ timeMs: 0, key: undefined, value: Buffer.from('x'), headers: [] });
  await eventually(() => produce(client, [{ topic: 'training', partition: 0, bytes }]), signal);
  await fetchBatches(client, [{ topic: 'training', partition: 0, offset: 0 }], 0);
  await deleteTopics(client, ['training']);
}

async function untilThere(port: number, signal: AbortSignal): Promise<KafkaClient> {
  return eventually(async () => {
    const client = await openKafkaClient({ host: '127.0.0.1', port }, signal);
    if ((await readMetadata(client)).brokers.length > 0) return client;
    client[Symbol.dispose]();
    throw new Error('the broker has not joined yet');
  }, signal);
}

async function eventually<T>(run: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await run();
    } catch {
      await sleep(50, undefined, { signal });
    }
  }
}

function isWritable(folder: string): boolean {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
