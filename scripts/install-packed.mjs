// node scripts/install-packed.mjs FOLDER [PACKAGE@VERSION...]
// Builds the npm package, packs it, and installs the tarball (and more packages) into FOLDER, as a user's project would have it.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [folder, ...packages] = process.argv.slice(2);
if (!folder) throw new TypeError('name the folder to install into');

execute(process.execPath, ['scripts/dev.mjs', 'build'], root);
fs.mkdirSync(folder, { recursive: true });
const tarball = execute('npm', ['pack', '--silent', '--pack-destination', folder], root).trim().split('\n').at(-1) ?? '';
const manifest = path.join(folder, 'package.json');
if (!fs.existsSync(manifest)) fs.writeFileSync(manifest, '{ "name": "packed", "private": true, "type": "module" }\n');
execute(
  'npm',
  ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', `./${tarball}`, ...packages],
  folder,
);
console.log(`installed ${tarball} into ${folder}`);

function execute(file, args, cwd) {
  const { status, stdout, error } = spawnSync(file, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (error || status !== 0)
    throw new Error(`${file} ${args.join(' ')} failed: ${error?.message ?? `exit code ${status}\n${stdout}`}`);
  return stdout;
}
