import { checkGenerated } from '../check-generated.mjs';
import { runProgram } from '../run-program.mjs';

const STEPS = [
  ['biome', ['check', '--error-on-warnings', '.']],
  ['tsc', ['-p', '.']],
  ['vitest', ['run', '--project', 'unit', 'test/architecture.test.ts', 'test/errors.test.ts', 'test/docs.test.ts']],
];

/** Formatting and lint, types, the rules of the tree, and that generated files are current. Runs all even when one fails. */
export async function run(_args, env, onText) {
  const failed = [];
  for (const [tool, args] of STEPS) {
    console.log(`- ${tool} ${args.join(' ')}`);
    if ((await runProgram(tool, args, { env, onText })) !== 0) failed.push(tool);
  }
  console.log('- generated files');
  const stale = await checkGenerated(env);
  if (stale.length > 0) failed.push(`out of date and now written: ${stale.join(', ')}`);
  const verdict = failed.length === 0 ? 'check: all is well' : `check: failed: ${failed.join('; ')}`;
  console.log(verdict);
  onText?.(`${verdict}\n`);
  return failed.length === 0 ? 0 : 1;
}
