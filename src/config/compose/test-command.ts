import path from 'node:path';
import { splitWords } from '../../util/words.ts';

const RUNNERS = new Set(
  'pytest py.test tox nox vitest jest mocha ava tap gotestsum rspec phpunit pest behave nose2 ctest playwright'.split(' '),
);
/** Programs whose subcommand tells. */
const SUBCOMMANDS: Readonly<Record<string, RegExp>> = {
  npm: /^(t|tst|test|test[:-].*|it)$/,
  yarn: /^test([:-].*)?$/,
  pnpm: /^(t|test([:-].*)?)$/,
  bun: /^test([:-].*)?$/,
  deno: /^test$/,
  node: /^--test$/,
  go: /^test$/,
  cargo: /^(test|nextest)$/,
  dotnet: /^test$/,
  rails: /^test([:-].*)?$/,
  rake: /^(test|spec)([:-].*)?$/,
  make: /^(test|check)([:_-].*)?$/,
  mvn: /^(test|verify|integration-test)$/,
  mvnw: /^(test|verify|integration-test)$/,
  gradle: /^:?(.*:)?(test|check|integrationTest)$/,
  gradlew: /^:?(.*:)?(test|check|integrationTest)$/,
  'manage.py': /^test$/,
};
const WRAPPERS = new Set([
  'exec',
  'env',
  'time',
  'run',
  'x',
  'npx',
  'bunx',
  'pnpx',
  'poetry',
  'uv',
  'pipenv',
  'pdm',
  'hatch',
  'rye',
  'bundle',
  'coverage',
  'python',
  'python3',
  'dlx',
]);

/** A command that runs tests, seen through wrappers and `sh -c "wait && pytest"`. */
export function isTestCommand(argv: readonly string[]): boolean {
  const script = shellScript(argv);
  if (script === undefined) return isTestWords(withoutWait(argv));
  return script.split(/&&|\|\||[;\n|]/).some((part) => isTestWords(withoutWait(wordsOf(part))));
}

/** `wait-for-it.sh db:5432 -t 30 -- pytest` is `pytest`: services are ready before the command starts. */
export function withoutWait(argv: readonly string[]): readonly string[] {
  const first = path.basename(argv[0] ?? '');
  const cut = argv.indexOf('--');
  return /^(wait-for|wait-for-it|wait_for_it|wait-on|wait)(\.sh)?$/.test(first) && cut !== -1 ? argv.slice(cut + 1) : argv;
}

function shellScript(argv: readonly string[]): string | undefined {
  const [shell = '', ...rest] = argv;
  if (!/^(ba|da|z|a)?sh$/.test(path.basename(shell))) return undefined;
  const flag = rest.findIndex((word) => /^-[a-z]*c$/.test(word));
  return flag === -1 ? undefined : rest[flag + 1];
}

function wordsOf(text: string): readonly string[] {
  try {
    return splitWords(text);
  } catch {
    return text.trim().split(/\s+/);
  }
}

function isTestWords(words: readonly string[]): boolean {
  const rest = [...words];
  while (
    rest[0] !== undefined &&
    (WRAPPERS.has(path.basename(rest[0])) || /^[A-Za-z_]\w*=/.test(rest[0]) || /^-/.test(rest[0]))
  ) {
    if (rest[0] === '-m' && (rest[1] === 'unittest' || rest[1] === 'pytest')) return true;
    rest.shift();
  }
  const program = path.basename(rest[0] ?? '');
  if (RUNNERS.has(program)) return true;
  const subcommand = SUBCOMMANDS[program];
  return subcommand !== undefined && rest.slice(1).some((word) => subcommand.test(word));
}
