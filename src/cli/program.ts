import { Command, InvalidArgumentError, Option } from 'commander';
import { DRIVER_NAMES } from '../core/driver.ts';
import { ISOLATIONS } from '../core/isolation.ts';
import { EXIT_CODES_HELP, failWith, USAGE_ERROR } from './exit.ts';
import { version } from './version.ts';

/** Parses, calls, prints, sets the exit code. Each command's code is loaded when it is called. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = createProgram();
  // A reader that went away (`| head`, a closed terminal) must not end a run whose command goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    failWith(error, { json: argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined).includes('--json'), code: 1 });
  }
}

export function createProgram(): Command {
  const program = new Command('seatrial')
    .description("Runs a project's integration tests against real services, started for the run and gone after it.")
    .version(version())
    .option('--cwd <dir>', 'work in this folder instead of the present one')
    .option('--config <file>', 'use this configuration file')
    .enablePositionalOptions()
    .showHelpAfterError('(add --help for help)')
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : USAGE_ERROR))
    .addHelpText(
      'after',
      `\nExamples:\n  $ seatrial run -- pytest -n 4\n  $ seatrial run --service postgres@18 -- npx vitest run\n  $ seatrial plan\n${EXIT_CODES_HELP}`,
    );

  const withServices = (command: Command) =>
    command
      .option('--service <kind>', 'a service, e.g. postgres@18 or db=postgres@16; replaces those found (repeatable)', collect)
      .option('--external <name=url>', 'use a server that runs already for this service (repeatable)', collect)
      .addOption(
        new Option('--driver <name>', 'how to run services, in order of preference (repeatable)')
          .choices(DRIVER_NAMES)
          .argParser(collectChoice(DRIVER_NAMES)),
      )
      .option('--port <name=port>', 'insist on a port for a service (repeatable)', collect)
      .option('--json', 'print for machines');

  withServices(program.command('run'))
    .description('start what the project needs, run a command with its environment, clean up')
    .argument('[command...]', 'the test command and its arguments, after --')
    .passThroughOptions()
    .addOption(
      new Option(
        '--isolation <kind>',
        'run: one fresh state for the run; worker: each test worker its own; rewind: each test too',
      ).choices(ISOLATIONS),
    )
    .option('--fresh', 'carry out migrations and seeds anew instead of reusing their result')
    .option('--keep', 'when a migration or seed fails, keep the services up until Ctrl-C')
    .option('--keep-failed', 'keep the state of each failed test: prints its URL, and the services stay up until Ctrl-C')
    .option(
      '--check-isolation',
      'run twice, in the declared order and in a random one; name tests that leak or depend on the order',
    )
    .option('--report <dir>', 'write summary.html, junit.xml and events.ndjson there (isolation above run)')
    .option('--no-attach', 'do not use services that `seatrial services start` keeps warm')
    .option('--require-leases', 'fail when no test worker has taken a lease (with --isolation worker)')
    .option('--print-env', 'print the environment that the command gets, and end')
    .option('-q, --quiet', 'print errors only')
    .addHelpText(
      'after',
      '\nExamples:\n  $ seatrial run -- pytest tests/integration -v\n  $ seatrial run --isolation worker -- npx vitest run\n  $ seatrial run --service postgres@18 --service redis -- go test ./...',
    )
    .action(async (words: string[], options) =>
      (await import('./commands/run.ts')).run(words, { ...program.opts(), ...options }),
    );

  withServices(program.command('plan'))
    .description('print what would start, from where and why; starts and fetches nothing')
    .action(async (options) => (await import('./commands/plan.ts')).plan({ ...program.opts(), ...options }));

  withServices(program.command('env'))
    .description(
      "print what `run` would put into the environment, from the project's warm services; they are started when there are none",
    )
    .addOption(
      new Option('--isolation <kind>', "of the workers that attach; default: the configuration's, at least worker").choices(
        ISOLATIONS,
      ),
    )
    .option('--hold', 'services of its own instead, which end with the standard input: for fixtures that start them from code')
    .addHelpText(
      'after',
      '\nExamples:\n  $ eval "$(seatrial env)" && pytest -k one\n  $ seatrial env --json\n  $ seatrial env --hold --service postgres@16 --json',
    )
    .action(async (options) => (await import('./commands/env.ts')).printEnvironment({ ...program.opts(), ...options }));

  const services = program.command('services').description('keep services warm between runs');
  withServices(services.command('start'))
    .description('start services in the background and print `export` lines; runs attach to them with a state of their own')
    .argument('[name...]', 'only these')
    .option('--fresh', 'carry out migrations and seeds anew')
    .action(async (names: string[], options) =>
      (await import('./commands/services-start.ts')).startServices(names, { ...program.opts(), ...options }),
    );
  for (const [verb, about] of [
    ['stop', 'stop services; without a name all of them, and nothing is left'],
    ['restart', 'restart services on the same port, with their data'],
    ['status', 'show name, version, driver, port, health and age'],
  ] as const) {
    services
      .command(verb)
      .description(about)
      .argument('[name...]', 'only these')
      .option('--json', 'print for machines')
      .action(async (names: string[], options) =>
        (await import('./commands/services-control.ts'))[verb](names, { ...program.opts(), ...options }),
      );
  }
  services
    .command('logs')
    .description('print the logs of services')
    .argument('[name...]', 'only these')
    .option('-f, --follow', 'go on printing what comes')
    .option('-n, --lines <count>', 'the last lines only', toCount)
    .option('--json', 'print for machines')
    .action(async (names: string[], options) =>
      (await import('./commands/services-logs.ts')).logs(names, { ...program.opts(), ...options }),
    );

  program
    .command('prefetch')
    .description('fetch what the project needs into the cache; then everything works offline')
    .argument('[artifact...]', 'e.g. postgres@18; default: what the plan of this project needs')
    .option('--lock', 'pin the exact builds in seatrial.lock')
    .option('--json', 'print for machines')
    .action(async (keys: string[], options) =>
      (await import('./commands/prefetch.ts')).prefetch(keys, { ...program.opts(), ...options }),
    );
  program
    .command('doctor')
    .description('examine this machine')
    .option('--json', 'print for machines')
    .action(async (options) => (await import('./commands/doctor.ts')).doctor({ ...program.opts(), ...options }));
  program
    .command('prune')
    .description('end and remove what dead sessions have left')
    .option('--cache', 'also empty the cache of server builds and prepared data')
    .option('--json', 'print for machines')
    .action(async (options) => (await import('./commands/prune.ts')).prune({ ...program.opts(), ...options }));
  return program;
}

function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}

function collectChoice(choices: readonly string[]) {
  return (value: string, before: string[] | undefined) => {
    if (!choices.includes(value)) throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
    return collect(value, before);
  };
}

function toCount(value: string): number {
  const count = Number(value);
  if (!Number.isInteger(count) || count < 0) throw new InvalidArgumentError('A whole number is expected.');
  return count;
}
