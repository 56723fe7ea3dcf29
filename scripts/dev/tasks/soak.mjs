import { run as runBench } from './bench.mjs';

export function run(args, env) {
  return runBench(['soak', ...args], env);
}
