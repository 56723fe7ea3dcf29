import fs from 'node:fs';
import { inRoot } from '../root.mjs';
import { runProgram } from '../run-program.mjs';

/** `npm run bench -- NAME [--quick]`: a file of that name in bench/. */
export function run([name, ...args], env) {
  const names = fs
    .readdirSync(inRoot('bench'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -3));
  if (!name || !names.includes(name)) {
    console.error(`usage: npm run bench -- NAME [--quick]; there are: ${names.join(', ')}`);
    return 2;
  }
  return runProgram('node', [inRoot('bench', `${name}.ts`), ...args], { env });
}
