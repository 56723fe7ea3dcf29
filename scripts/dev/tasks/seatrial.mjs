import { inRoot } from '../root.mjs';
import { runProgram } from '../run-program.mjs';

/** The CLI from source, in the folder from which npm was called. */
export function run(args, env) {
  return runProgram('node', [inRoot('src/cli/main.ts'), ...args], { env, cwd: process.env.INIT_CWD ?? process.cwd() });
}
