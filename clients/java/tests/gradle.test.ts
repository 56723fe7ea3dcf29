import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ensureJunitJars, ensureTestClassPath, hasGradle, maven } from '../../../scripts/dev/java.mjs';
import { seatrial } from '../../../test/e2e/cli.ts';
import { leftoversAfter } from '../../../test/e2e/leftovers.ts';
import { makeWorkspace } from '../../../test/e2e/workspace.ts';
import { PROJECT } from './fixture.ts';

/** For Gradle as Debian has it: before 4.6 its workers know JUnit 4 only, which leads to the platform. */
const suite = (name: string) => `package fixture;
  import org.junit.platform.runner.JUnitPlatform;
  import org.junit.platform.suite.api.SelectClasses;
  @org.junit.runner.RunWith(JUnitPlatform.class) @SelectClasses(Stock${name}Test.class) public class ${name}Suite {}\n`;

test('each test worker of Gradle has a database of its own, which is taken back after each test and each class', async ({
  skip,
}) => {
  if (!hasGradle()) skip('no Gradle on this machine');
  ensureJunitJars();
  const [classes = ''] = ensureTestClassPath(PROJECT).split(path.delimiter);
  const workspace = makeWorkspace({
    'seatrial.yaml': 'services:\n  db: { use: postgres@18, migrate: stock.sql }\n',
    'stock.sql': 'create table stock (name text not null);',
    ...Object.fromEntries(['A', 'B', 'C', 'D'].map((name) => [`src/test/java/fixture/${name}Suite.java`, suite(name)])),
  });
  const listed = path.join(workspace.top, 'class-path');
  maven(PROJECT, ['-Pgradle', 'dependency:build-classpath', `-Dmdep.outputFile=${listed}`]);
  const files = [classes, ...fs.readFileSync(listed, 'utf8').trim().split(path.delimiter)].map((file) => `'${file}'`);
  workspace.write(
    'build.gradle',
    `apply plugin: 'java'\ndependencies { testCompile files(${files.join(', ')}) }\ntest { maxParallelForks 2 }\n`,
  );
  const env = { GRADLE_USER_HOME: path.join(workspace.top, 'gradle') };
  const command = ['gradle', '--offline', '--no-daemon', '--quiet', 'test'];

  const { code, stdout, stderr } = await seatrial(workspace, ['run', '--isolation', 'rewind', '--', ...command], { env });

  expect(code, stdout + stderr).toBe(0);
  expect(stderr).toMatch(/(\d+) tests: \1 passed; \1 resets/);
  expect(stderr).toContain('2 workers, 2 leases');
  expect(await leftoversAfter(workspace)).toEqual([]);
});
