import { runProgram } from '../run-program.mjs';

const STEPS = [
  ['biome', ['check', '--error-on-warnings', '.']],
  ['tsc', ['-p', '.']],
  ['vitest', ['run', '--project', 'unit', 'test/architecture.test.ts', 'test/errors.test.ts']],
];

/** Formatting and lint, types, and the rules of the tree. Runs all even when one fails. */
export async function run(_args, env) {
  const failed = [];
  for (const [tool, args] of STEPS) {
    console.log(`- ${tool} ${args.join(' ')}`);
    if ((await runProgram(tool, args, { env })) !== 0) failed.push(tool);
  }
  console.log(failed.length === 0 ? 'check: all is well' : `check: failed: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
}
