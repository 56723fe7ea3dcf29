import { expect, test } from 'vitest';
import { injectPlugins } from '../../src/cli/injection.ts';

test('plug-ins come first in the variables that load them, and what the user has in those is kept', () => {
  const { NODE_OPTIONS: node, PYTHONPATH: python } = injectPlugins({
    NODE_OPTIONS: '--max-old-space-size=4096',
    PYTHONPATH: '/app:/lib',
  });
  expect(node).toMatch(/^--import=file:\/\/\/\S+\/preload\.mjs --max-old-space-size=4096$/);
  expect(python).toMatch(/^\/.+\/clients\/python\/src:\/app:\/lib$/);
});

test('an empty variable leaves no empty part, which Python would take for the working folder', () => {
  const { NODE_OPTIONS: node, PYTHONPATH: python } = injectPlugins({ NODE_OPTIONS: '', PYTHONPATH: '' });
  expect(node).toMatch(/preload\.mjs$/);
  expect(python).toMatch(/src$/);
});
