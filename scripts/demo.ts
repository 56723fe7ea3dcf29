// npm run demo: runs the suite of examples/express-orders through `seatrial run`, then says what happened and how long each part took.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { RunEvent } from '../src/core/event.ts';
import { createConsoleReporter } from '../src/report/console-reporter.ts';
import { formatDuration } from '../src/util/format.ts';

const root = path.resolve(import.meta.dirname, '..');
const example = 'examples/express-orders';
const servers: Readonly<Record<string, string>> = { db: 'PostgreSQL', cache: 'Redis (Valkey)' };

console.log(`$ seatrial --cwd ${example} run -- vitest run\n`);
const cli = ['src/cli/main.ts', '--cwd', example, 'run', '--json', '--no-attach', '--', 'vitest', 'run'];
const child = spawn(process.execPath, cli, { cwd: root, stdio: ['inherit', 'inherit', 'pipe'] });
process.on('SIGINT', () => {}); // the terminal tells the child as well; it cleans up, and its end is ours

const events: RunEvent[] = [];
const reporter = createConsoleReporter({ quiet: false, titles: servers });
const startedAt = Date.now();
const lines = createInterface({ input: child.stderr });
lines.on('line', (line) => {
  // Events stand between the lines that the command itself writes to stderr.
  if (!line.startsWith('{"at":')) return console.error(line);
  const value = JSON.parse(line) as RunEvent | { readonly type: 'note'; readonly text: string };
  if (value.type === 'note') return reporter.line(value.text);
  events.push(value);
  reporter(value);
});
const [exitCode] = await Promise.all([
  new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1))),
  new Promise<void>((resolve) => lines.once('close', resolve)),
]);
console.log(exitCode === 0 ? summary() : `\nthe suite ended with exit code ${exitCode}`);
process.exitCode = exitCode;

function summary(): string {
  const command = find('command.ended');
  const closed = find('session.closed');
  const leftovers = events.filter(({ type }) => type === 'cleanup.leftover');
  const steps = events.filter((event) => event.type === 'step.finished');
  const rows = [
    ...events
      .filter((event) => event.type === 'service.ready')
      .map((event) => [`${servers[event.service] ?? event.service} ready`, event.ms, event.data ?? '']),
    [
      'migrations and seed',
      steps.reduce((sum, { ms }) => sum + ms, 0),
      steps.every(({ reused }) => reused) ? 'reused: nothing they depend on has changed' : 'carried out',
    ],
    ['the suite', command?.ms ?? 0, 'Vitest, against these servers'],
    [
      'clean-up',
      (closed?.at ?? 0) - (command?.at ?? 0),
      leftovers.length === 0 ? 'nothing is left: no process, no data, no port' : 'something was left, see above',
    ],
    ['all in all', Date.now() - startedAt, ''],
  ] as const;
  return [
    '\nWhat happened: Seatrial read seatrial.yaml, started real servers without Docker, gave the suite a database with its migrations and seed',
    'and the addresses in its environment, kept its exit code, and removed everything again.\n',
    ...rows.map(([name, ms, remark]) =>
      `  ${String(name).padEnd(24)}${formatDuration(Number(ms)).padStart(8)}  ${remark}`.trimEnd(),
    ),
    '\nWhat to try next:',
    '  npm run demo    once more: the servers and the migrated database come from the cache now',
    `  npm run seatrial -- --cwd ${example} plan    what would start, from where and why`,
    `  npm run seatrial -- --cwd ${example} services start    keep servers warm; later runs attach to them`,
    '  npm run seatrial -- --help    all commands; README.md has an example to try in a folder of your own',
  ].join('\n');
}

function find<Type extends RunEvent['type']>(type: Type): Extract<RunEvent, { readonly type: Type }> | undefined {
  return events.find((event): event is Extract<RunEvent, { readonly type: Type }> => event.type === type);
}
