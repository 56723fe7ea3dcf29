import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ensureJunitJars } from '../../../scripts/dev/java.mjs';
import { seatrial } from '../../../test/e2e/cli.ts';
import { makeWorkspace } from '../../../test/e2e/workspace.ts';

const EXAMPLE = fileURLToPath(new URL('../../../examples/spring-notes', import.meta.url));

test('what a Spring context writes at its start is there for each class that it serves, and what a class writes is not', async () => {
  ensureJunitJars();
  const workspace = makeWorkspace();
  for (const name of ['pom.xml', 'seatrial.yaml', 'src'])
    fs.cpSync(path.join(EXAMPLE, name), path.join(workspace.project, name), { recursive: true });
  // In one fork, so that the classes share one context.
  const command = [
    'mvn',
    '-B',
    '-q',
    '-Dstyle.color=never',
    '-DforkCount=1',
    '-Dtest=NoteApiTest,NoteVersionTest,NotePageTest',
    'verify',
  ];

  const { code, stdout, stderr } = await seatrial(workspace, ['run', '--', ...command]);

  expect(code, stdout + stderr).toBe(0);
  expect(stderr).toContain('10 tests: 10 passed; 10 resets');
  expect(stderr).toContain('1 workers, 1 leases');
});
