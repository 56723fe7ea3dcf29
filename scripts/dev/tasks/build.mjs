import fs from 'node:fs';
import path from 'node:path';
import { inRoot } from '../root.mjs';
import { runProgram } from '../run-program.mjs';

/** What is started or imported by name; everything else becomes chunks that these share. */
const ENTRIES = ['index', 'cli/main', 'cli/serve', 'cli/watchdog'];

/**
 * Sources to dist/: types by tsc, code bundled into few files, since loading a hundred small modules is what a short command would spend
 * its time on (ADR 0003). What is imported late stays a file of its own. What is shipped as it is (preloads) is copied.
 */
export async function run(_args, env) {
  fs.rmSync(inRoot('dist'), { recursive: true, force: true });
  const exitCode = await runProgram('tsc', ['-p', 'tsconfig.build.json', '--emitDeclarationOnly'], { env });
  if (exitCode !== 0) return exitCode;
  const { build } = await import('rolldown');
  await build({
    input: Object.fromEntries(ENTRIES.map((name) => [name, inRoot('src', `${name}.ts`)])),
    platform: 'node',
    external: (id) => !/^(\.|\/)/.test(id), // packages stay packages
    output: { dir: inRoot('dist'), format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
  });
  const copied = copyAssets(inRoot('src'), inRoot('dist'));
  fs.chmodSync(inRoot('dist', 'cli', 'main.js'), 0o755);
  console.log(`built dist/, with ${copied} files copied as they are`);
  return 0;
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
