import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProgram, timed } from '../lib/program.ts';
import type { BenchCase } from '../lib/run-interleaved.ts';

export interface PackedCli {
  /** The installed dist/cli/main.js. */
  readonly main: string;
  /** A project with PostgreSQL and Redis; `warm`: the same, whose services `services start` keeps up. */
  readonly project: string;
  readonly warm: string;
  /** Two projects with PostgreSQL alone: one with no migration, one with 200 of plain SQL. */
  readonly plain: string;
  readonly migrated: string;
  remove(): void;
}

/** The CLI as npm installs it, and projects to call it in. */
export async function installPackedCli(): Promise<PackedCli> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seatrial-bench-cli-'));
  fs.chmodSync(folder, 0o755);
  await runProgram(process.execPath, [path.join(import.meta.dirname, '../../scripts/install-packed.mjs'), folder]);
  const makeProject = (name: string, services = 'db: { use: postgres@18 }\n  cache: { use: redis }') => {
    const project = path.join(folder, name);
    fs.mkdirSync(project);
    fs.writeFileSync(path.join(project, 'seatrial.yaml'), `project: ${name}\nservices:\n  ${services}\n`);
    return project;
  };
  return {
    main: path.join(folder, 'node_modules/seatrial/dist/cli/main.js'),
    project: makeProject('bench-cold'),
    warm: makeProject('bench-warm'),
    plain: makeProject('bench-plain', 'db: { use: postgres@18 }'),
    migrated: withMigrations(makeProject('bench-migrated', 'db: { use: postgres@18, migrate: migrations }'), 200),
    remove: () => fs.rmSync(folder, { recursive: true, force: true }),
  };
}

/** Each makes a table with an index and a row, as one step of a project's history would. */
function withMigrations(project: string, count: number): string {
  fs.mkdirSync(path.join(project, 'migrations'));
  for (let number = 1; number <= count; number++) {
    const name = `t${String(number).padStart(4, '0')}`;
    fs.writeFileSync(
      path.join(project, 'migrations', `${name}.sql`),
      `CREATE TABLE ${name} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);\nCREATE INDEX ON ${name} (name);\nINSERT INTO ${name} (name) VALUES ('first');\n`,
    );
  }
  return project;
}

export const CLI_CASES = {
  node: 'node -e 0',
  help: 'seatrial --help',
  attached: 'run -- true, attached to warm services',
  whole: 'run -- true, PostgreSQL + Redis started',
  prompt: 'end of the command to prompt',
  plain: 'run -- true, PostgreSQL, no migration',
  migrated: 'run -- true, PostgreSQL, 200 migrations, second run',
} as const;

export function cliCases(cli: PackedCli): BenchCase[] {
  const call = caller(cli);
  return [
    { name: CLI_CASES.node, sample: () => timed(() => runProgram(process.execPath, ['-e', '0'])) },
    { name: CLI_CASES.help, sample: () => timed(() => call(cli.project, ['--help'])) },
    attachedCase(CLI_CASES.attached, cli, cli.warm),
    { name: CLI_CASES.whole, sample: () => timed(() => call(cli.project, ['run', '--', 'true'])) },
    { name: CLI_CASES.plain, sample: () => timed(() => call(cli.plain, ['run', '--', 'true'])) },
    {
      name: CLI_CASES.migrated,
      prepare: async () => void (await call(cli.migrated, ['run', '--', 'true'])),
      sample: () => timed(() => call(cli.migrated, ['run', '--', 'true'])),
    },
    { name: CLI_CASES.prompt, sample: () => commandToPrompt(cli) },
  ];
}

/** A run that finds its services warm; `pauseMs` before each, for what is made ready in the background. */
export function attachedCase(name: string, cli: PackedCli, project: string, pauseMs = 0): BenchCase {
  const call = caller(cli);
  return {
    name,
    prepare: async () => void (await call(project, ['services', 'start'])),
    async sample() {
      await sleep(pauseMs);
      return timed(() => call(project, ['run', '--', 'true']));
    },
    end: async () => void (await call(project, ['services', 'stop'])),
  };
}

const caller =
  ({ main }: PackedCli) =>
  (cwd: string, args: readonly string[]) =>
    runProgram(process.execPath, [main, ...args], { cwd });

/** From the last thing that the command does until the shell would prompt again. The command's own end counts too: it is below a millisecond. */
function commandToPrompt(cli: PackedCli): Promise<number> {
  const stamp = path.join(cli.project, 'ended-at');
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(process.execPath, [cli.main, 'run', '--', 'sh', '-c', 'exec date +%s%N > "$0"', stamp], {
      cwd: cli.project,
      stdio: 'ignore',
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      const now = performance.timeOrigin + performance.now();
      if (code !== 0) return reject(new Error(`run ended with ${code}`));
      resolve(now - Number(fs.readFileSync(stamp, 'utf8')) / 1e6);
    });
  });
}
