import fs from 'node:fs';
import path from 'node:path';
import type { Toolset } from '../../core/launch-spec.ts';
import { isNoexec } from '../../util/platform/mounts.ts';

/** A small heap, the collector and the compiler that start quickest; the same for making class data, which hold only for these. */
const FLAGS = ['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData'];

/** Arguments of `java` that start a node; `extra` are flags of the JVM. */
export function javaArguments(
  tools: Toolset,
  run: {
    readonly properties: Readonly<Record<string, string>>;
    readonly file: string;
    readonly temporary: string;
    readonly extra: readonly string[];
  },
): readonly string[] {
  return [
    ...FLAGS,
    ...run.extra,
    // Codecs unpack libraries there, and leave them when they are killed.
    ...(isNoexec(run.temporary) ? [] : [`-Djava.io.tmpdir=${run.temporary}`]),
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    '-Dorg.slf4j.simpleLogger.showDateTime=true',
    '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
    ...['-cp', classPath(tools)],
    'kafka.Kafka',
    run.file,
    ...Object.entries(run.properties).flatMap(([name, value]) => ['--override', `${name}=${value}`]),
  ];
}

/** What `java` needs to turn recorded class data into a file that it can load (Java 24 and later). */
export function assemblyArguments(tools: Toolset, recorded: string, target: string): readonly string[] {
  return [...FLAGS, '-XX:AOTMode=create', `-XX:AOTConfiguration=${recorded}`, `-XX:AOTCache=${target}`, '-cp', classPath(tools)];
}

/** In a fixed order: class data hold for exactly this path. */
function classPath(tools: Toolset): string {
  const folder = path.dirname(tools.bin('kafka.jar'));
  const jars = fs.readdirSync(folder).filter((name) => name.endsWith('.jar'));
  return jars
    .sort()
    .map((name) => path.join(folder, name))
    .join(path.delimiter);
}
