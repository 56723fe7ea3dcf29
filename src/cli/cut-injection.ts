import path from 'node:path';
import { RUN_TAG } from '../session/command-processes.ts';
import { commandWords, descendantsOf, listProcesses, startEnvironmentOf } from '../util/platform/process-table.ts';
import { quoteWord } from '../util/words.ts';

/** Looks at what a command starts, for what keeps our plug-ins out of it. */
export interface CutInjectionWatch extends Disposable {
  /** One line each; empty when nothing was seen, as with processes that live for milliseconds. */
  findings(): readonly string[];
  /** A worker has called: there is nothing to look for. */
  stop(): void;
}

/** Milliseconds after the start; then as often as the last. */
const LOOKS = [50, 150, 400, 1000, 2500];
const MOST = 3;

/** The variables that carry a plug-in into processes of a language. */
const CARRIERS: readonly { readonly programs: RegExp; readonly variable: string }[] = [
  { programs: /^(node|nodejs)$/, variable: 'NODE_OPTIONS' },
  { programs: /^(python|pypy)[0-9.]*$/, variable: 'PYTHONPATH' },
  { programs: /^java$/, variable: 'JAVA_TOOL_OPTIONS' },
  { programs: /^go$/, variable: 'GOFLAGS' },
];

/** What runs tests says so: a runner's name, a file or a command with `test` in it. Others, such as what prepares an environment, are not looked at. */
const TESTS = /test|spec|jest|mocha|junit|surefire|^ava$|^nose2?$|^behave$|^robot$/i;
/** Their words name what they install. */
const INSTALLERS = /^(pip[0-9.]*|npm(-cli\.js)?|virtualenv|venv)$/;

/** What starts others with an environment of its own making, and how it is told to leave ours alone. */
const CLEANERS: readonly { readonly program: RegExp; readonly advice: string }[] = [
  { program: /^tox$/, advice: '`pass_env = *` in the [testenv] of tox lets it through' },
  { program: /^turbo$/, advice: '`turbo --env-mode=loose` lets it through' },
  { program: /^sudo$/, advice: '`sudo -E` lets it through' },
  { program: /^env$/, advice: 'without `-i` and `-u` it gets through' },
  { program: /^(docker|podman|nerdctl)$/, advice: 'a container has an environment of its own' },
  { program: /^bazel(isk)?$/, advice: '`--test_env=NAME` names what bazel lets through' },
];

/** `injected`: what `run` has put into the command's environment. Ends with the process at the latest. */
export function watchCutInjection(
  command: { readonly argv: readonly string[]; readonly pid: number },
  injected: Readonly<Record<string, string>>,
): CutInjectionWatch {
  const found = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const stop = () => clearTimeout(timer);
  const look = (count: number) => {
    timer = setTimeout(
      () => {
        for (const { pid } of withDescendants(command.pid)) note(pid);
        if (found.size < MOST) look(count + 1);
      },
      LOOKS[Math.min(count, LOOKS.length - 1)],
    );
    timer.unref();
  };
  const note = (pid: number) => {
    const env = startEnvironmentOf(pid);
    const words = commandWords(pid); // after the environment: a process that ends has neither
    if (env && found.size < MOST && isTestLike(words)) for (const text of examine(words, env, injected)) found.add(text);
  };
  look(0);
  return {
    findings: () => {
      const cleaner = CLEANERS.find(({ program }) => command.argv.some((word) => program.test(path.basename(word))));
      return cleaner ? [...found, cleaner.advice] : [...found];
    },
    stop,
    [Symbol.dispose]: stop,
  };
}

function isTestLike([program = '', ...words]: readonly string[]): boolean {
  const name = path.basename(program);
  if (!CARRIERS.some(({ programs }) => programs.test(name))) return name.endsWith('.test'); // a binary of Go's
  const main = words.find((word) => !word.startsWith('-')) ?? '';
  return !INSTALLERS.test(path.basename(main)) && words.some((word) => TESTS.test(path.basename(word)));
}

/** Why none of our plug-ins can be in this process. */
function examine(
  words: readonly string[],
  env: ReadonlyMap<string, string>,
  injected: Readonly<Record<string, string>>,
): readonly string[] {
  const program = path.basename(words[0] as string);
  const carrier = CARRIERS.find(({ programs }) => programs.test(program));
  const what = `\`${shorten(words.map(quoteWord).join(' '))}\``;
  if (!env.has(RUN_TAG)) return [`${what} was started without Seatrial's variables`];
  if (carrier?.variable === 'PYTHONPATH' && ignoresEnvironment(words)) return [`${what} ignores PYTHONPATH`];
  const ours = carrier && injected[carrier.variable];
  if (!carrier || !ours) return [];
  const has = env.get(carrier.variable);
  const plugin = ours.split(carrier.variable === 'PYTHONPATH' ? path.delimiter : ' ')[0] as string;
  if (has?.includes(plugin)) return [];
  return [`${carrier.variable} of ${what} ${has === undefined ? 'was taken away' : 'was replaced: add to it instead'}`];
}

/** `python -I`, `-E`, or these among others in one word, before the script or module. */
function ignoresEnvironment([, ...words]: readonly string[]): boolean {
  for (const word of words) {
    if (!word.startsWith('-') || word === '-' || /^-[mc]/.test(word)) return false;
    if (/^-[a-zA-Z]*[IE]/.test(word)) return true;
  }
  return false;
}

function withDescendants(pid: number): readonly { readonly pid: number }[] {
  const table = listProcesses();
  return [...table.filter((process) => process.pid === pid), ...descendantsOf([pid], table)];
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
