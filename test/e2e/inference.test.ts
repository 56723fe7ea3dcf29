import { cpSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { seatrial } from './cli.ts';
import { findLeftovers } from './leftovers.ts';
import { makeWorkspace } from './workspace.ts';

const FIXTURES = path.join(import.meta.dirname, '../fixtures/config');

test.for([
  [
    'Spring',
    'spring-maven',
    ['db: postgres, because app/pom.xml names org.postgresql:postgresql', 'mail: smtp, because app/pom.xml names'],
    [/db +PostgreSQL 18/, /redis +Redis/, /mail +mailbox/],
  ],
  [
    'Go',
    'go',
    [
      'db: postgres, because go.mod names github.com/jackc/pgx/v5',
      'redis: redis, because go.mod names github.com/redis/go-redis/v9',
    ],
    [/db +PostgreSQL 18/, /redis +Redis/, /mail +mailbox/],
  ],
] as const)(
  'The plan of a %s project without a file of ours says what it needs, and from where',
  async ([, folder, because, lines]) => {
    const workspace = makeWorkspace();
    cpSync(path.join(FIXTURES, folder), workspace.project, { recursive: true });

    const { code, stdout, stderr } = await seatrial(workspace, ['plan']);
    const json = await seatrial(workspace, ['plan', '--json']);

    for (const text of because) expect(stdout, stderr).toContain(text);
    for (const line of lines) expect(stdout).toMatch(line);
    expect(JSON.parse(json.stdout).services.map(({ kind }: { kind: string }) => kind)).toEqual(['postgres', 'redis', 'smtp']);
    expect(code).toBe(0);
    expect(findLeftovers(workspace)).toEqual([]);
  },
);

test('A run of a Go project finds its servers in the environment, and of one that may use H2 none', async () => {
  const workspace = makeWorkspace({ 'go.mod': 'module shop\n\nrequire github.com/redis/go-redis/v9 v9.11.0\n' });
  const command = ['run', '--', 'sh', '-c', 'echo "<$REDIS_URL>" "<$SPRING_DATASOURCE_URL>"'];

  const go = await seatrial(workspace, command);
  workspace.write('pom.xml', H2_SUITE);
  const both = await seatrial(workspace, command);

  expect(go.stdout, go.stderr).toMatch(/^<redis:\/\/\S+> <>\n$/);
  expect(both.stdout, both.stderr).toMatch(/^<redis:\/\/\S+> <>\n$/);
  expect(both.stderr).toContain('no postgres: the suite may run on com.h2database:h2');
});

const H2_SUITE = `<project><artifactId>shop</artifactId><dependencies>
  <dependency><groupId>org.postgresql</groupId><artifactId>postgresql</artifactId></dependency>
  <dependency><groupId>com.h2database</groupId><artifactId>h2</artifactId><scope>test</scope></dependency>
</dependencies></project>`;
