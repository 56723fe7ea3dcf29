import fs from 'node:fs';
import path from 'node:path';
import { inRoot } from '../root.mjs';
import { runProgram } from '../run-program.mjs';

/** Sources to dist/: compiled TypeScript, and beside it what is shipped as it is (preloads, SQL, Python, lists). */
export async function run(_args, env) {
  fs.rmSync(inRoot('dist'), { recursive: true, force: true });
  const exitCode = await runProgram('tsc', ['-p', 'tsconfig.build.json'], { env });
  if (exitCode !== 0) return exitCode;
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
