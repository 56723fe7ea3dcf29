import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { watchCutInjection } from '../../src/cli/cut-injection.ts';
import { injectPlugins } from '../../src/cli/injection.ts';
import { RUN_TAG } from '../../src/session/command-processes.ts';
import { startChild } from '../helpers/child.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { until } from '../helpers/until.ts';

/** Both live until the command's standard input ends, with the test. The word makes them look like a runner's. */
const NODE = "node -e 'process.stdin.resume()' test";
const PYTHON = "-c 'import sys; sys.stdin.read()' test";

/** What the watch finds in a command that is started as `run` starts it, once there are so many. */
async function findingsOf(argv: readonly string[], count = 1): Promise<readonly string[]> {
  const injected = injectPlugins(process.env as Record<string, string>);
  const env = { ...process.env, ...injected, [RUN_TAG]: 'run' };
  const { pid } = startChild(argv[0] as string, argv.slice(1), { env });
  using watch = watchCutInjection({ argv, pid }, injected);
  await until(() => watch.findings().length >= count);
  return watch.findings();
}

test.for([
  ['env -i', `env -i PATH="$PATH" ${NODE}`, /^`node -e .*` was started without Seatrial's variables$/],
  ['NODE_OPTIONS that is set', `NODE_OPTIONS=--no-warnings ${NODE}`, /^NODE_OPTIONS of `node -e .*` was replaced: add to it/],
  ['NODE_OPTIONS that is unset', `unset NODE_OPTIONS; ${NODE}`, /^NODE_OPTIONS of `node -e .*` was taken away$/],
  ['python -I', `python3 -I ${PYTHON}`, /^`\S*python\S* -I -c .*` ignores PYTHONPATH$/],
  ['python -sE', `python3 -sE ${PYTHON}`, /^`\S*python\S* -sE -c .*` ignores PYTHONPATH$/],
  ['PYTHONPATH', `PYTHONPATH=. python3 ${PYTHON}`, /^PYTHONPATH of `\S*python\S* -c .*` was replaced: add to it/],
] as const)('names what keeps the plug-in out: %s', async ([, script, finding]) => {
  expect(await findingsOf(['sh', '-c', script])).toEqual([expect.stringMatching(finding)]);
});

test('a command that is known to clean the environment is told how to let ours through', async () => {
  const tox = path.join(temporaryFolder(), 'tox');
  fs.writeFileSync(tox, `#!/bin/sh\nenv -i PATH="$PATH" ${NODE}\n`, { mode: 0o755 });

  expect(await findingsOf([tox], 2)).toEqual([
    expect.stringMatching(/^`node -e .*` was started without Seatrial's variables$/),
    expect.stringContaining('pass_env'),
  ]);
});

test('what keeps the variables is not named', async () => {
  const left = `python3 ${PYTHON} <&0 & ${NODE} <&0 &`;
  const found = await findingsOf(['sh', '-c', `${left} unset NODE_OPTIONS; exec node -e 'process.stdin.resume();' test`]);

  expect(found).toEqual([expect.stringMatching(/^NODE_OPTIONS of `node -e 'process.stdin.resume\(\);' test` was taken away$/)]);
});

test.for([
  'python3 -I pip install -r requirements-test.txt pytest',
  'python3 -I virtualenv .tox/test',
  'python3 -I _backend.py True build_wheel',
  'node npm-cli.js install vitest',
])('what prepares an environment is not named: %s', async (command) => {
  const folder = temporaryFolder();
  const [, file] = /(pip|virtualenv|\S+\.py|\S+\.js) /.exec(command) as unknown as [string, string];
  const [main, ready] = [path.join(folder, file), path.join(folder, 'ready')];
  const waits = file.endsWith('.js')
    ? `require('fs').writeFileSync('${ready}', ''); process.stdin.resume();`
    : `import sys; open('${ready}', 'w'); sys.stdin.read()`;
  fs.writeFileSync(main, waits);
  const script = `env -i PATH="$PATH" ${command.replace(file, main)} <&0 & while [ ! -e ${ready} ]; do sleep 0.01; done; unset NODE_OPTIONS; exec ${NODE}`;

  expect(await findingsOf(['sh', '-c', script])).toEqual([
    expect.stringMatching(/^NODE_OPTIONS of `node -e .*` was taken away$/),
  ]);
});
