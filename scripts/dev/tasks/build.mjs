import fs from 'node:fs';
import path from 'node:path';
import { ensureJunitJars, hasMaven } from '../java.mjs';
import { inRoot } from '../root.mjs';
import { runProgram } from '../run-program.mjs';

/** What is started or imported by name; everything else becomes chunks that these share. */
const ENTRIES = [
  'index',
  'cli/main',
  'cli/serve',
  'cli/watchdog',
  'gateway/tcp/thread',
  ...fs.globSync('services/*/server/main.ts', { cwd: inRoot('src') }).map((file) => file.replace(/\.ts$/, '')),
];
/** Packages of which the bundle holds some files: their licences go with it. */
const BUNDLED = ['fauxqs', 'toad-cache'];

/**
 * Sources to dist/: JavaScript for the oldest Node and types by tsc, then bundled into few files, since loading a hundred small modules is
 * what a short command would spend its time on (ADR 0003). What is imported late stays a file of its own. Preloads are copied as they are.
 */
export async function run(_args, env) {
  const compiled = inRoot('dist', '.compiled');
  fs.rmSync(inRoot('dist'), { recursive: true, force: true });
  const exitCode = await runProgram(
    'tsc',
    ['-p', 'tsconfig.build.json', '--outDir', compiled, '--declarationDir', inRoot('dist')],
    { env },
  );
  if (exitCode !== 0) return exitCode;
  const { build } = await import('rolldown');
  await build({
    input: Object.fromEntries(ENTRIES.map((name) => [name, path.join(compiled, `${name}.js`)])),
    platform: 'node',
    external: isPackage,
    plugins: [{ name: 'files-of-packages', resolveId: fileOfPackage }],
    output: { dir: inRoot('dist'), format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
  });
  fs.rmSync(compiled, { recursive: true });
  const copied = copyAssets(inRoot('src'), inRoot('dist'));
  copyJars();
  for (const name of BUNDLED)
    fs.copyFileSync(inRoot('node_modules', name, 'LICENSE'), inRoot('dist', 'chunks', `LICENSE.${name}`));
  fs.chmodSync(inRoot('dist', 'cli', 'main.js'), 0o755);
  console.log(`built dist/, with ${copied} files copied as they are`);
  return 0;
}

/** The plug-in for JUnit. What is published has it; who works on other things can do without a JDK. */
function copyJars() {
  if (!process.env.CI && !hasMaven()) return console.warn('no JDK or no Maven: dist/ has no plug-in for JUnit');
  for (const jar of ensureJunitJars()) fs.copyFileSync(jar, inRoot('dist', 'runners', path.basename(jar)));
}

const { dependencies } = JSON.parse(fs.readFileSync(inRoot('package.json'), 'utf8'));

function isPackage(id) {
  return id.startsWith('node:') || Object.keys(dependencies).some((name) => id === name || id.startsWith(`${name}/`));
}

/** Sources name files that a package does not export by their path, which is another one from where the compiler has put them. */
function fileOfPackage(id) {
  const at = id.indexOf('node_modules/');
  return id.startsWith('.') && at > 0 ? inRoot(id.slice(at)) : null;
}

function copyAssets(from, to) {
  let count = 0;
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const source = path.join(from, entry.name);
    const target = path.join(to, entry.name);
    if (entry.name === '__pycache__') continue;
    if (entry.isDirectory()) count += copyAssets(source, target);
    else if (!entry.name.endsWith('.ts')) {
      fs.mkdirSync(to, { recursive: true });
      fs.copyFileSync(source, target);
      count++;
    }
  }
  return count;
}
