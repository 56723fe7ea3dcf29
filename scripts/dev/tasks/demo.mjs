import { inRoot } from '../root.mjs';
import { runProgram } from '../run-program.mjs';

export function run(args, env) {
  return runProgram('node', [inRoot('scripts/demo.ts'), ...args], { env });
}
