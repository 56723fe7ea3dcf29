import type { BinarySpec, ProbedVersion } from '../../core/launch-spec.ts';
import { runCommand } from '../../util/platform/run-command.ts';

const known = new Map<string, Promise<ProbedVersion>>();

/** What the executable says of its version; asked once per process and executable. Undefined when it cannot be run or does not say. */
export function probeVersion(file: string, probe: BinarySpec['versionProbe']): Promise<ProbedVersion> {
  const key = JSON.stringify([file, probe.args]);
  const asked = known.get(key) ?? ask(file, probe);
  known.set(key, asked);
  return asked;
}

async function ask(file: string, probe: BinarySpec['versionProbe']): Promise<ProbedVersion> {
  try {
    const { stdout, stderr } = await runCommand(file, probe.args, { signal: AbortSignal.timeout(10_000) });
    return probe.parse(stdout + stderr, file);
  } catch {
    return undefined;
  }
}
