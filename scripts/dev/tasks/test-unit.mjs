import { runProgram } from '../run-program.mjs';

/** Tests that start nothing; arguments go to Vitest. */
export function run(args, env) {
  return runProgram('vitest', ['run', '--project', 'unit', ...args], { env });
}
