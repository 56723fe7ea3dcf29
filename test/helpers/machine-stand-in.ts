import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runCommand } from '../../src/util/platform/run-command.ts';
import { whyNoContainer } from './docker.ts';

const BASE = 'seatrial-stand-in-base';

export interface StandIn {
  /** `seatrial-stand-in-nats:2`. */
  readonly image: string;
  /** A server of this machine, by absolute path. */
  readonly server: string;
  /** Its path in the image. */
  readonly at: string;
  /** Lines of the Dockerfile after those that put the server in: entry point and command as those of the official image. */
  readonly dockerfile: string;
}

/**
 * Makes a stand-in for an official image, for tests of this project and nothing else: a server of this machine, with its libraries, on the base of
 * the other stand-ins. Built once for the engine; answers why it can't be.
 */
export async function makeStandIn({ image, server, at, dockerfile }: StandIn): Promise<string | undefined> {
  const missing = await whyNoContainer(`${BASE}:latest`);
  if (missing) return missing;
  if ((await runCommand('docker', ['image', 'inspect', image])).exitCode === 0) return undefined;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'st-stand-in-'));
  const copy = (from: string, to: string) => {
    const target = path.join(folder, 'root', to);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.copyFileSync(fs.realpathSync(from), target);
  };
  try {
    const { stdout } = await runCommand('ldd', [server]);
    const libraries = [...stdout.matchAll(/=> (\/\S+)/g)].map(([, file]) => file as string);
    for (const file of libraries.filter((each) => !/\/(?:libc|libm|ld-linux[^/]*)\.so/.test(each)))
      copy(file, path.join(fs.realpathSync(path.dirname(file)), path.basename(file))); // /lib is a link, which must stay one
    copy(server, at);
    fs.writeFileSync(path.join(folder, 'Dockerfile'), `FROM ${BASE}\nCOPY root/ /\n${dockerfile}\n`);
    const env = { ...process.env, DOCKER_BUILDKIT: '0' };
    const { exitCode, stderr } = await runCommand('docker', ['build', '-q', '-t', image, folder], { env });
    if (exitCode !== 0) throw new Error(stderr);
    return undefined;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
