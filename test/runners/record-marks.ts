import { type OpenControl, openControl } from '../control/open-control.ts';
import { commandEnv, runIn, writeProject } from './run-child.ts';
import { HEADS, type RunnerCase } from './runner-cases.ts';

/** `together`: tests whose end was told with the begin of the next. Everything that a worker tells, one line each, in the order in which it was answered: `begin l1 [a.test.js] first (keep)`. */
function recordMarks({ door }: OpenControl): { readonly marks: readonly string[]; readonly together: readonly string[] } {
  const marks: string[] = [];
  const together: string[] = [];
  const names = new Map<string, string>();
  const running = new Map<string, number>();
  const { states } = door;
  Object.assign(states, {
    async begin(lease, test, between, finished) {
      if (finished) together.push(`${names.get(finished.test)}, ${test.name}`);
      const ended = finished && (await states.end(lease, finished.test, finished));
      const id = `t${names.size + 1}`;
      names.set(id, test.name);
      const others = running.get(lease) ?? 0;
      running.set(lease, others + 1);
      marks.push(`begin ${lease} [${test.file}] ${test.name} (${between})`);
      return { test: { id, ...test }, overlapping: others > 0, ...(ended ? { ended } : {}) };
    },
    async end(lease, id, { outcome, message }) {
      marks.push(`end ${lease} ${names.get(id)} ${outcome}${message === undefined ? '' : `: ${message.split('\n')[0]}`}`);
      const others = (running.get(lease) ?? 1) - 1;
      running.set(lease, others);
      return others > 0 ? { refused: `${others} others ran` } : { reset: { ms: 1, reports: {} } };
    },
    async enter(lease, scope) {
      marks.push(`enter ${lease} ${scope}`);
    },
    async leave(lease, scope) {
      marks.push(`leave ${lease} ${scope}`);
      return { ms: 1, reports: {} };
    },
  } satisfies Partial<typeof states>);
  const { hello } = door;
  door.hello = (key, plugin, version) => {
    if (key.runner === 'project') marks.push(`  ${plugin}`);
    else hello(key, plugin, version);
  };
  return { marks, together };
}

export interface RunOptions {
  readonly exitCode?: number;
  readonly isolation?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The test file does not look at the database's address while it is loaded. */
  readonly leasesLate?: boolean;
  /** Called before the runner is started. */
  readonly prepare?: (control: OpenControl) => void;
}

/** Runs test files, by name, with the environment of a run, and answers what the session was told and the runner printed. */
export async function runWithMarks(
  runner: RunnerCase,
  files: Readonly<Record<string, string>>,
  { exitCode = 1, isolation = 'rewind', env: own, leasesLate = false, prepare }: RunOptions = {},
): Promise<{ readonly marks: string; readonly together: readonly string[]; readonly output: string }> {
  await using control = await openControl();
  const { marks, together } = recordMarks(control);
  prepare?.(control);
  const tests = Object.entries(files).map(([name, text]) => [
    name,
    HEADS[runner.dialect] + TELL + (leasesLate ? '' : LEASE) + text,
  ]);
  const root = writeProject(control, { ...runner.files, ...Object.fromEntries(tests) });
  const [file = '', ...args] = runner.command;
  const env = { ...commandEnv(control), SEATRIAL_ISOLATION: isolation, ...own };
  const output = await runIn(root, file, args, env, exitCode);
  return { marks: marks.join('\n'), together, output };
}

/** In a test file: `await tell('beforeEach')` puts a line between those of the runner. */
const TELL = `
  const { SEATRIAL_CONTROL_URL: url, SEATRIAL_CONTROL_TOKEN: token } = process.env;
  const headers = { authorization: 'Bearer ' + token, 'content-type': 'application/json', 'seatrial-api-version': '1' };
  const fetchNow = fetch;
  const tell = async (plugin) => {
    const body = JSON.stringify({ runner: 'project', mainPid: 1, slot: '1', plugin, version: '1' });
    const answer = await fetchNow(url + '/v1/hello', { method: 'POST', headers, body });
    if (!answer.ok) throw new Error(await answer.text());
  };\n`;
const LEASE = 'const lease = process.env.PGDATABASE;\n';
