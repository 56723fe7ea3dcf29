import type { RunEvent } from '../../src/core/event.ts';
import { runProgram } from '../lib/program.ts';
import type { BenchCase } from '../lib/run-interleaved.ts';
import type { PackedCli } from '../start/packed-cli.ts';
import type { Project } from './projects.ts';

/**
 * A start by the built package, since our own servers are programs of it: from the opening of the session until the last service has answered.
 * Reading the configuration and starting Node are in the figures of `bench start`.
 */
export function startCase(name: string, cli: PackedCli, { folder }: Project): BenchCase {
  return {
    name,
    async sample() {
      const text = await runProgram(process.execPath, [cli.main, 'run', '--json', '--', 'true'], { cwd: folder });
      const events = text.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as RunEvent] : []));
      const at = (type: RunEvent['type']) => events.filter((event) => event.type === type).map((event) => event.at);
      return Math.max(...at('service.ready')) - Math.min(...at('session.opened'));
    },
  };
}
