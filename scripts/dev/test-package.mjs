import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inRoot } from './root.mjs';
import { runProgram } from './run-program.mjs';

/**
 * The packed tarball in a project that has never seen Seatrial, with nothing but the test of README.md: what a reader tries first works.
 */
export async function testPackage(env, onText) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seatrial-packed-'));
  fs.chmodSync(folder, 0o755);
  try {
    const { pg } = JSON.parse(fs.readFileSync(inRoot('package.json'), 'utf8')).dependencies;
    const installed = await runProgram('node', [inRoot('scripts/install-packed.mjs'), folder, `pg@${pg}`], { env });
    if (installed !== 0) return installed;
    fs.writeFileSync(path.join(folder, 'orders.test.mjs'), readmeTest());
    const bin = path.join(folder, 'node_modules', '.bin', 'seatrial');
    for (const args of [['--help'], ['--version'], ['plan'], ['run', '--', 'node', '--test', '--test-reporter=tap']]) {
      const exitCode = await runProgram(bin, args, { env, cwd: folder, onText });
      if (exitCode !== 0) return exitCode;
    }
    return await onOldestNode(env, folder, onText);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** The package promises the Node in `engines`: the same run under exactly that one, where the registry has it for this machine. */
async function onOldestNode(env, folder, onText) {
  const name = `node-${process.platform}-${process.arch}`;
  const [, version] = />=\s*(\d+\.\d+)/.exec(JSON.parse(fs.readFileSync(inRoot('package.json'), 'utf8')).engines.node) ?? [];
  const floor = path.join(folder, 'floor');
  fs.mkdirSync(floor);
  fs.writeFileSync(path.join(floor, 'package.json'), '{ "private": true }\n');
  const installed = await runProgram('npm', ['install', '--silent', '--no-audit', '--no-fund', `${name}@${version}.0`], {
    env,
    cwd: floor,
  });
  if (installed !== 0) return installed;
  const node = path.join(floor, 'node_modules', '.bin', 'node');
  const main = path.join(folder, 'node_modules', 'seatrial', 'dist', 'cli', 'main.js');
  for (const args of [['--version'], [main, 'run', '--', node, '--test', '--test-reporter=tap']]) {
    const exitCode = await runProgram(node, args, { env, cwd: folder, onText });
    if (exitCode !== 0) return exitCode;
  }
  return 0;
}

function readmeTest() {
  const block = /```js\n\/\/ orders\.test\.mjs\n([\s\S]*?)```/.exec(fs.readFileSync(inRoot('README.md'), 'utf8'))?.[1];
  if (!block) throw new Error('README.md has no block that begins with // orders.test.mjs');
  return block;
}
