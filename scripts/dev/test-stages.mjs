import fs from 'node:fs';
import path from 'node:path';
import { ensureJunitJars, hasMaven } from './java.mjs';
import { ensureVenv } from './python.mjs';
import { inRoot } from './root.mjs';
import { hasProgram, runProgram } from './run-program.mjs';
import { testPackage } from './test-package.mjs';

/**
 * The parts of `npm test`: `{ name, counts, run(env, onText) }`, run answering an exit code and handing over what is printed. `counts`: a part
 * that tells of no test has failed. `repeats`: a part that runs only where it is asked for, since others hold all of its tests.
 */
export function testStages() {
  return [
    { name: 'check', counts: false, run: runCheck },
    ...['unit', 'real', 'e2e'].map((project) => vitestStage(project)),
    ordinaryUserStage(),
    ...pythonClientStage(),
    ...onlyWith('a JDK and Maven', hasMaven, [clientStage('java')]),
    ...onlyWith('Go', hasGo, [clientStage('go')]),
    ...exampleStages(),
    { name: 'package', counts: true, run: testPackage },
  ];
}

async function runCheck(env, onText) {
  const { run } = await import('./tasks/check.mjs');
  return run([], env, onText);
}

function vitestStage(project, files = []) {
  return {
    name: project,
    counts: true,
    run: (env, onText) => runProgram('vitest', ['run', '--project', project, ...files], { env, onText }),
  };
}

/**
 * What of e2e can come out differently for somebody who is not root: servers of one's own user and of this machine, folders that one may not
 * make, data and locks in a cache of one's own, processes that one may not see or end. What happens inside of the command and in reports
 * (plug-ins, isolation, addresses, compose files, results) does not ask who runs it.
 */
const DEPENDS_ON_THE_USER = [
  ...['services', 'mariadb', 'versions', 'start-from-code'],
  ...['bad-input', 'umask', 'migrations', 'parallel'],
  ...['leftovers', 'signals', 'stopped', 'dying-servers', 'run-command', 'found-addresses', 'port-clash', 'env'],
];

function ordinaryUserStage() {
  const files = DEPENDS_ON_THE_USER.map((name) => `test/e2e/${name}.test.ts`);
  const missing = files.filter((file) => !fs.existsSync(inRoot(file)));
  if (missing.length > 0) throw new Error(`${missing.join(', ')} is not there; scripts/dev/test-stages.mjs names it`);
  return { ...vitestStage('e2e', files), name: 'e2e/ordinary-user', repeats: true };
}

function pythonClientStage() {
  const folder = inRoot('clients', 'python');
  if (!fs.existsSync(path.join(folder, 'tests'))) return [];
  const run = (env, onText) => {
    const bin = ensureVenv(folder, [path.join(folder, 'requirements-test.txt')]);
    const own = {
      ...env,
      PATH: `${bin}${path.delimiter}${env.PATH}`,
      PYTHONPATH: path.join(folder, 'src'),
      PYTHONDONTWRITEBYTECODE: '1',
    };
    return runProgram('python', ['-m', 'pytest', '-q', '-rsfE', '-p', 'no:cacheprovider', 'tests'], {
      env: own,
      cwd: folder,
      onText,
    });
  };
  return [{ name: 'clients/python', counts: true, run }];
}

/** The tests of a client that are written in TypeScript, since they run its runners from outside. */
function clientStage(language) {
  return {
    name: `clients/${language}`,
    counts: true,
    run: (env, onText) => runProgram('vitest', ['run', '--project', 'clients', `clients/${language}/`], { env, onText }),
  };
}

/** Somebody who changes nothing there can do without the language; CI cannot. */
function onlyWith(what, isThere, stages) {
  if (process.env.CI || isThere()) return stages;
  for (const { name } of stages) console.log(`left out: ${name}, which needs ${what}`);
  return [];
}

function hasGo() {
  return hasProgram('go', ['version']);
}

/** Each example runs as its reader would run it: `seatrial run`, with the command that its configuration names or the one of its language. */
function exampleStages() {
  return fs
    .readdirSync(inRoot('examples'))
    .map((name) => ({ name: `examples/${name}`, folder: inRoot('examples', name) }))
    .filter(({ folder }) =>
      ['package.json', 'requirements.txt', 'pom.xml'].some((manifest) => fs.existsSync(path.join(folder, manifest))),
    )
    .flatMap(({ name, folder }) => {
      const stage = { name, counts: true, run: (env, onText) => runExample(folder, env, onText) };
      if (fs.existsSync(path.join(folder, 'pom.xml'))) return onlyWith('a JDK and Maven', hasMaven, [stage]);
      return name === 'examples/python-worker' ? onlyWith('RabbitMQ and Maven', () => canPlan(folder), [stage]) : [stage];
    });
}

/** Its services can be had on this machine. */
function canPlan(folder) {
  return hasProgram(process.execPath, [inRoot('src/cli/main.ts'), '--cwd', folder, 'plan']);
}

async function runExample(folder, env, onText) {
  const requirements = path.join(folder, 'requirements.txt');
  const isPython = fs.existsSync(requirements);
  if (isPython) ensureVenv(folder, [requirements]);
  else if (fs.existsSync(path.join(folder, 'pom.xml'))) ensureJunitJars();
  else if (fs.existsSync(path.join(folder, 'tsconfig.json'))) {
    const types = await runProgram('tsc', ['-p', folder, '--noEmit'], { env });
    if (types !== 0) return types;
  }
  const command = isPython ? ['--', 'pytest', '-q', '-p', 'no:cacheprovider'] : [];
  return runProgram('node', [inRoot('src/cli/main.ts'), '--cwd', folder, 'run', ...command], { env, cwd: folder, onText });
}
