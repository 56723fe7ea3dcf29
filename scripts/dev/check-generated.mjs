import fs from 'node:fs';
import path from 'node:path';
import { inRoot } from './root.mjs';
import { runProgram } from './run-program.mjs';

/** Where `scripts/generate-*.ts` write to. */
const FOLDERS = ['schema', 'docs/reference'];

/** Runs every generator and answers which committed files it changed: they were out of date, and are written now. */
export async function checkGenerated(env) {
  const before = snapshot();
  const generators = fs.readdirSync(inRoot('scripts')).filter((name) => /^generate-.*\.ts$/.test(name));
  for (const name of generators) {
    const exitCode = await runProgram('node', [inRoot('scripts', name)], { env });
    if (exitCode !== 0) throw new Error(`scripts/${name} ended with exit code ${exitCode}`);
  }
  return [...snapshot()].filter(([file, text]) => before.get(file) !== text).map(([file]) => file);
}

function snapshot() {
  const files = new Map();
  for (const folder of FOLDERS) {
    if (!fs.existsSync(inRoot(folder))) continue;
    for (const name of fs.readdirSync(inRoot(folder), { recursive: true })) {
      const file = path.join(folder, String(name));
      if (fs.statSync(inRoot(file)).isFile()) files.set(file, fs.readFileSync(inRoot(file), 'utf8'));
    }
  }
  return files;
}
