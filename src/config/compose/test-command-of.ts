import { commandOf } from './command-of.ts';
import type { ComposeFile, RawService } from './compose-file.ts';
import { readDockerfile } from './read-dockerfile.ts';
import { isTestCommand } from './test-command.ts';

/** The test command that a service runs, by its own keys or by the Dockerfile that it builds; undefined when it runs something else. */
export function testCommandOf(service: RawService, compose: ComposeFile): readonly string[] | undefined {
  const own = commandOf(service);
  if (isTestCommand(own)) return own;
  const { entrypoint, command } = service.keys;
  const dockerfile = entrypoint === undefined ? readDockerfile(service, compose) : undefined;
  if (!dockerfile) return undefined;
  // A command in the compose file replaces the image's own and keeps its entry point.
  const built = command === undefined ? dockerfile.command : own;
  return [built, [...dockerfile.entrypoint, ...built]].find(isTestCommand);
}
