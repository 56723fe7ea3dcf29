import path from 'node:path';
import type { OfflineContext, OfflineLayer } from '../../core/launch-spec.ts';

export interface NodeFiles {
  /** The properties file, which is empty: all is on the command line. */
  readonly file: string;
  readonly logDir: string;
}

/** Ids are 16 bytes in base64url. Brokers of tests never meet, so that one id serves all. */
const META = [
  'version=1',
  'node.id=1',
  `cluster.id=${Buffer.from('seatrial-cluster').toString('base64url')}`,
  `directory.id=${Buffer.from('seatrial-logs-01').toString('base64url')}`,
  '',
].join('\n');

/** What `kafka-storage format` would write, without the JVM that it takes. */
export function nodeLayer(settings: Readonly<Record<string, string>>): OfflineLayer {
  return {
    kind: 'offline',
    title: 'formatted log folder',
    key: { meta: META, settings }, // by which topics are made, later
    build: async ({ dataDir, exec }) => void (await makeNode(exec, dataDir)),
  };
}

/** Makes a node in `folder`, also that one, as the account that it will run as. */
export async function makeNode(exec: OfflineContext['exec'], folder: string): Promise<NodeFiles> {
  const files = nodeFiles(folder);
  const script = 'mkdir -p "$1" && cat >"$1/meta.properties" && : >"$2"';
  await exec('/bin/sh', ['-c', script, 'sh', files.logDir, files.file], { input: META });
  return files;
}

export function nodeFiles(folder: string): NodeFiles {
  return { file: path.join(folder, 'server.properties'), logDir: path.join(folder, 'logs') };
}
