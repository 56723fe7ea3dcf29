import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { inRoot } from './root.mjs';
import { hasProgram } from './run-program.mjs';

const NEEDED =
  'a JDK and Maven are needed for the JUnit plug-in and the Spring example (Debian: apt-get install maven default-jdk-headless)';

export function hasMaven() {
  return hasProgram('mvn', ['--version']) && hasProgram('javac', ['-version']);
}

export function hasGradle() {
  return hasProgram('gradle', ['--version']);
}

/** Builds the two jars of clients/java when their sources have changed, and answers their paths. */
export function ensureJunitJars() {
  const folder = inRoot('clients', 'java');
  const jars = ['seatrial-junit.jar', 'seatrial-junit-agent.jar'].map((name) => path.join(folder, 'target', name));
  whenChanged(folder, ['pom.xml', 'src'], jars, () => maven(folder, ['package']));
  return jars;
}

/** Compiles a Maven project with its tests when it has changed, and answers the class path that its tests run with. */
export function ensureTestClassPath(folder) {
  const file = path.join(folder, 'target', 'test-class-path');
  whenChanged(folder, ['pom.xml', 'src'], [file], () =>
    maven(folder, ['test-compile', 'dependency:build-classpath', '-Dmdep.outputFile=target/test-class-path']),
  );
  const folders = ['test-classes', 'classes'].map((name) => path.join(folder, 'target', name));
  return [...folders, fs.readFileSync(file, 'utf8').trim()].join(path.delimiter);
}

/** Maven on a project, in this environment less what a session or a test runner around us has put in. */
export function maven(folder, goals) {
  if (!hasMaven()) throw new Error(NEEDED);
  const { JAVA_TOOL_OPTIONS: _, ...env } = process.env;
  const { status, stdout } = spawnSync('mvn', ['--batch-mode', '--quiet', '-Dstyle.color=never', ...goals], {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`mvn ${goals.join(' ')} failed in ${path.relative(process.cwd(), folder)}:\n${stdout}`);
}

function whenChanged(folder, inputs, outputs, build) {
  const stamp = path.join(folder, 'target', '.seatrial-built');
  const hash = createHash('sha256');
  for (const file of inputs.flatMap((name) => filesBelow(path.join(folder, name))))
    hash.update(`${file}\n`).update(fs.readFileSync(file));
  const wanted = hash.digest('hex');
  const built = fs.existsSync(stamp) ? fs.readFileSync(stamp, 'utf8') : '';
  if (built === wanted && outputs.every((file) => fs.existsSync(file))) return;
  console.log(`building ${path.relative(process.cwd(), folder)} with Maven ...`);
  build();
  fs.writeFileSync(stamp, wanted);
}

function filesBelow(file) {
  if (!fs.statSync(file).isDirectory()) return [file];
  return fs
    .readdirSync(file)
    .sort()
    .flatMap((name) => filesBelow(path.join(file, name)));
}
