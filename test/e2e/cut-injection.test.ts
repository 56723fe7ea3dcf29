import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { seatrial } from './cli.ts';
import { CACHE, makeWorkspace } from './workspace.ts';

const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
/** Milliseconds between two looks of src/cli/cut-injection.ts, at most: nothing tells when one has been taken, so the tests live as long. */
const PAUSE = 2500;
const FILES = {
  'seatrial.yaml': CACHE,
  'package.json': '{"name":"shop","type":"module"}',
  'a.test.js': `import { test } from 'vitest';\ntest('looks', () => new Promise((resolve) => setTimeout(resolve, ${PAUSE}, process.env.REDIS_URL)));`,
};

test('A command that keeps the plug-in out is warned of by name', async () => {
  const script = `env -i PATH="$PATH" node ${VITEST} run`;
  const { code, stderr } = await seatrial(makeWorkspace(FILES), ['run', '--isolation', 'rewind', '--', 'sh', '-c', script]);

  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(
    /warning: no test worker took a lease, so all tests shared one state: .*`node \S*vitest\.mjs run` was started without Seatrial's variables/,
  );
});

test('With --require-leases it is an error that says the same', async () => {
  const script = `unset NODE_OPTIONS; node ${VITEST} run`;
  const words = ['--isolation', 'rewind', '--require-leases', '--', 'sh', '-c', script];
  const { code, stderr } = await seatrial(makeWorkspace(FILES), ['run', ...words]);

  expect(code, stderr).toBe(125);
  expect(stderr).toMatch(
    /no test worker took a lease.*\n.*SEATRIAL_LEASE_FAILED: .*NODE_OPTIONS of `node \S*vitest\.mjs run` was taken away/,
  );
});
