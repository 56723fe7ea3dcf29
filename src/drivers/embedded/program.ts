import path from 'node:path';
import type { ProgramSpec, ServerSpec, Toolset } from '../../core/launch-spec.ts';
import { programFile } from '../../util/package-files.ts';
import { programEnv } from '../../util/program-settings.ts';

/** It holds nothing that an orderly stop would save. */
const STOP = { signal: 'SIGTERM', graceMs: 2_000, crashSignal: 'SIGKILL' } as const;

/** A program of ours as a server process: from source or from the build, as this code runs itself. */
export function toServer(spec: ProgramSpec): ServerSpec {
  return {
    ownAccount: true,
    layers: [],
    command: (run) => {
      const control = path.join(run.socketDir, 'control');
      const env = programEnv(spec.settings({ ...run, control }));
      return { file: process.execPath, args: [programFile(spec.module)], env, control };
    },
    stop: STOP,
    isPortClash: (log) => log.includes('EADDRINUSE'),
  };
}

export function programTools({ version }: ProgramSpec): Toolset {
  const { LD_LIBRARY_PATH } = process.env; // this Node may need it
  return {
    version,
    buildId: `node:${process.version}`,
    bin: () => process.execPath,
    env: LD_LIBRARY_PATH ? { LD_LIBRARY_PATH } : {},
  };
}
