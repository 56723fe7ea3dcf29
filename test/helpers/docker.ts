import { CONTAINER_LABELS } from '../../src/core/container.ts';
import { createDockerDriver } from '../../src/drivers/docker/index.ts';
import { runCommand } from '../../src/util/platform/run-command.ts';

/** Why nothing can run in a container of this image here; undefined = it can. CI, which has made an engine, takes no reason. */
export async function whyNoContainer(image: string): Promise<string | undefined> {
  const probe = await createDockerDriver().probe({ kind: 'image', image, version: undefined, ports: [1], container: () => ({}) });
  if (probe.ok && probe.present) return undefined;
  if (process.env.CONTAINERS_REQUIRED) throw new Error(probe.ok ? `the engine has no image ${image}` : probe.why);
  return probe.ok ? `this machine has no image ${image}` : 'no container engine answers on this machine';
}

/** Docker's own client: the tests look with it at what the driver does. */
export async function docker(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runCommand('docker', args);
  if (exitCode !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

export async function buildImage(name: string, dockerfile: string): Promise<void> {
  const env = { ...process.env, DOCKER_BUILDKIT: '0' }; // whose plug-in not every machine has
  const { exitCode, stderr } = await runCommand('docker', ['build', '-q', '-t', name, '-'], { input: dockerfile, env });
  if (exitCode !== 0) throw new Error(`docker build: ${stderr}`);
}

/** The names of the containers of a session, running or not. */
export async function containersOf(session: string): Promise<readonly string[]> {
  const names = await docker('ps', '-a', '--filter', `label=${CONTAINER_LABELS.session}=${session}`, '--format', '{{.Names}}');
  return names.split('\n').filter(Boolean);
}
