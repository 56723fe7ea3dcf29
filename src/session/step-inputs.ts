import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Step } from '../core/config.ts';
import type { Json } from '../core/json.ts';
import { pythonPackages } from './python-packages.ts';
import { pythonVariables } from './python-variables.ts';

/**
 * Everything that the result of a migration or seed depends on, as one value for the key of the golden template; undefined when that can't
 * be known. SQL: the scripts. Alembic: its settings, versions, lock files, all Python code of the project (env.py imports the models),
 * installed packages, `.env` files, the environment variables that this code reads. Prisma: schema, migrations, lock files. Another command: what the
 * user declared as `inputs`. `environment` is what the command gets, with a placeholder for the address of its server.
 */
export async function stepInputs(
  step: Step,
  projectRoot: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Json | undefined> {
  if (step.kind === 'sql') return { sql: hashTree(step.path) };
  const command: Json = { argv: step.argv, cwd: path.relative(projectRoot, step.cwd), shell: step.shell };
  if (step.inputs) return { command, inputs: step.inputs.map((input) => hashTree(path.resolve(step.cwd, input))) };
  if (step.tool === 'alembic' && step.argv.some((word) => word === 'upgrade')) {
    const alembic = alembicInputs(step.cwd, projectRoot, environment);
    return alembic && { command, alembic };
  }
  if (step.tool === 'prisma' && isPrismaMigration(step.argv)) return { command, prisma: prismaInputs(step.cwd, environment) };
  return undefined;
}

const LOCK_FILES = [
  'requirements.txt',
  'requirements-dev.txt',
  'pyproject.toml',
  'poetry.lock',
  'uv.lock',
  'Pipfile.lock',
  'setup.cfg',
  'setup.py',
  'package.json',
  'package-lock.json',
  'pnpm-lock.yaml',
  'yarn.lock',
  'bun.lock',
];
/** Folders that tools fill: never an input. */
const GENERATED = new Set([
  'node_modules',
  '.venv',
  'venv',
  '.git',
  '__pycache__',
  '.tox',
  '.mypy_cache',
  '.pytest_cache',
  '.seatrial',
]);
/** Folders of a Python project that hold nothing which a migration imports. */
const SKIPPED = new Set([...GENERATED, 'tests', 'test', 'dist', 'build']);

type Environment = Readonly<Record<string, string | undefined>>;

function alembicInputs(cwd: string, projectRoot: string, environment: Environment): Json | undefined {
  const packages = pythonPackages(cwd, projectRoot, environment);
  if (packages === undefined) return undefined;
  const isInput = (name: string) => /\.(py|ini|toml|cfg|sql|mako)$|^\.env(\.|$)/.test(name);
  const files = listFiles(cwd, isInput, SKIPPED);
  const code = files.filter((file) => /\.(py|mako)$/.test(file)).map((file) => fs.readFileSync(file, 'utf8'));
  return {
    code: hashFiles(cwd, files),
    locks: lockFiles(cwd),
    packages,
    environment: environmentOf(pythonVariables(code, environment), environment),
  };
}

function prismaInputs(cwd: string, environment: Environment): Json {
  const folders = ['prisma', 'prisma.config.ts', 'prisma.config.js', 'prisma.config.mjs']
    .map((name) => path.join(cwd, name))
    .filter((at) => fs.existsSync(at));
  const schemaFiles = folders.flatMap((at) => (fs.statSync(at).isDirectory() ? listFiles(at) : [at]));
  const named = new Set<string>();
  for (const file of schemaFiles)
    for (const [, name] of fs.readFileSync(file, 'utf8').matchAll(/env(?:\(\s*['"]|\.)([A-Z_][A-Z0-9_]*)/g))
      named.add(name as string);
  return { schema: hashFiles(cwd, schemaFiles), locks: lockFiles(cwd), environment: environmentOf(named, environment) };
}

function isPrismaMigration(argv: readonly string[]): boolean {
  const at = argv.indexOf('prisma');
  const words = argv.slice(at + 1).filter((word) => !word.startsWith('-'));
  return (words[0] === 'migrate' && words[1] === 'deploy') || (words[0] === 'db' && words[1] === 'push');
}

/** What marks a run differs in each and says nothing. Addresses are those of a placeholder, whatever the user has in those names. */
function environmentOf(names: ReadonlySet<string>, environment: Environment): Json {
  return [...names]
    .filter((name) => !/^SEATRIAL_|_TEST_(RUN_ID|CONTAINER)$/.test(name))
    .sort()
    .map((name) => [name, digest(environment[name] ?? '')]);
}

function lockFiles(cwd: string): Json {
  return LOCK_FILES.map((name) => [name, fileDigest(path.join(cwd, name))]).filter(([, value]) => value !== null) as Json;
}

function hashTree(at: string): Json {
  if (!fs.existsSync(at)) return { [path.basename(at)]: null };
  return hashFiles(path.dirname(at), fs.statSync(at).isDirectory() ? listFiles(at) : [at]);
}

function hashFiles(root: string, files: readonly string[]): Json {
  const whole = crypto.createHash('sha256');
  for (const file of files) whole.update(path.relative(root, file)).update('\0').update(fs.readFileSync(file)).update('\0');
  return [files.length, whole.digest('hex')];
}

/** Links are followed: what they lead to is an input as well. */
function listFiles(
  folder: string,
  wanted: (name: string) => boolean = () => true,
  skipped: ReadonlySet<string> = GENERATED,
): string[] {
  const files: string[] = [];
  const above = new Set<string>(); // a link may lead back up
  const walk = (at: string) => {
    const real = fs.realpathSync(at);
    if (above.has(real)) return;
    above.add(real);
    for (const name of fs.readdirSync(at)) {
      const entry = path.join(at, name);
      const stats = fs.statSync(entry, { throwIfNoEntry: false });
      if (stats?.isDirectory() && !skipped.has(name)) walk(entry);
      else if (stats?.isFile() && wanted(name)) files.push(entry);
    }
    above.delete(real);
  };
  walk(folder);
  return files.sort();
}

function fileDigest(file: string): string | null {
  try {
    return digest(fs.readFileSync(file));
  } catch {
    return null;
  }
}

function digest(content: string | Buffer): string {
  return crypto.createHash('sha256').update(content).digest('hex');
}
