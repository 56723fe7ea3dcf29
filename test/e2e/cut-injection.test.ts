import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Ended, seatrial } from './cli.ts';
import { CACHE, makeWorkspace } from './workspace.ts';

const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const FILES = {
  'seatrial.yaml': CACHE,
  'package.json': '{"name":"shop","type":"module"}',
  'a.test.js':
    "import { test } from 'vitest';\ntest('looks', () => new Promise((resolve) => setTimeout(resolve, 1000, process.env.REDIS_URL)));",
  'test_a.py':
    'import os, time, unittest\nclass Looks(unittest.TestCase):\n    def test_looks(self): time.sleep(2); os.environ.get("REDIS_URL")\nunittest.main() if __name__ == "__main__" else None\n',
};
/** It makes the environment of what it starts by itself, and has a name that is known for that. */
const TOX = '#!/bin/sh\nenv -i PATH="$PATH" python3 -m unittest test_a\n';

const run = (...words: readonly string[]): Promise<Ended> => {
  const workspace = makeWorkspace(FILES);
  workspace.write('bin/tox', TOX, 0o755);
  return seatrial(workspace, ['run', '--isolation', 'rewind', ...words]);
};

test.for([
  [
    'env -i',
    ['sh', '-c', `env -i PATH="$PATH" node ${VITEST} run`],
    /`node \S*vitest\.mjs run` was started without Seatrial's variables/,
  ],
  ['tox', ['bin/tox'], /`\S*python\S* -m unittest test_a` was started without Seatrial's variables.*pass_env/],
  [
    'NODE_OPTIONS',
    ['sh', '-c', `NODE_OPTIONS=--no-warnings node ${VITEST} run`],
    /NODE_OPTIONS of `node \S*vitest\.mjs run` was replaced/,
  ],
  ['python -I', ['python3', '-I', 'test_a.py'], /`\S*python\S* -I test_a\.py` ignores PYTHONPATH/],
  [
    'PYTHONPATH',
    ['sh', '-c', 'PYTHONPATH=. python3 -m unittest test_a'],
    /PYTHONPATH of `\S*python\S* -m unittest test_a` was replaced/,
  ],
] as const)('A command that keeps the plug-in out is warned of by name: %s', async ([, command, reason]) => {
  const { code, stderr } = await run('--', ...command);

  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(new RegExp(`warning: no test worker took a lease, so all tests shared one state: .*${reason.source}`));
});

test('With --require-leases it is an error that says the same', async () => {
  const { code, stderr } = await run('--require-leases', '--', 'sh', '-c', `unset NODE_OPTIONS; node ${VITEST} run`);

  expect(code, stderr).toBe(125);
  expect(stderr).toMatch(
    /no test worker took a lease.*\n.*SEATRIAL_LEASE_FAILED: .*NODE_OPTIONS of `node \S*vitest\.mjs run` was taken away/,
  );
});
