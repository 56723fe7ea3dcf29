import { spawn } from 'node:child_process';

export interface CommandSpec {
  /** Absolute path of the program. */
  readonly file: string;
  /** argv[0] as the user wrote it, then the arguments. */
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}
export interface SpawnedCommand {
  readonly pid: number;
  readonly ended: Promise<{ readonly exitCode: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** Starts a program with our own terminal, standard streams and process group. Rejects when it can't be started. */
export function spawnCommand(spec: CommandSpec): Promise<SpawnedCommand> {
  return new Promise((resolve, reject) => {
    const child = spawn(spec.file, spec.argv.slice(1), {
      argv0: spec.argv[0] ?? spec.file,
      cwd: spec.cwd,
      env: spec.env,
      stdio: 'inherit',
    });
    const ended: SpawnedCommand['ended'] = new Promise((settle) =>
      child.once('exit', (exitCode, signal) => settle({ exitCode, signal })),
    );
    child.once('error', reject);
    child.once('spawn', () => resolve({ pid: child.pid as number, ended }));
  });
}
