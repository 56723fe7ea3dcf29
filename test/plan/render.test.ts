import { expect, test } from 'vitest';
import { builtin } from '../../src/builtin.ts';
import { resolveConfig } from '../../src/config/resolve-config.ts';
import type { Plan } from '../../src/core/plan.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { planToJson, renderPlan } from '../../src/plan/render.ts';
import { makeProject } from '../helpers/project.ts';

async function planOf(files: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv = {}): Promise<Plan> {
  const config = await resolveConfig({ cwd: makeProject(files), env, registry: builtin });
  return makePlan(config, builtin, async (driver, spec) => {
    if (spec.kind === 'address')
      return { ok: driver === 'external', version: 'external', how: 'the server at ci:6379', why: 'no', present: true };
    return { ok: true, version: '18.4', how: 'npm builds 1.0.0', present: false, downloadBytes: 23_700_000 };
  });
}

const FILES = {
  'seatrial.yaml':
    'services:\n  db: { use: postgres, port: 5433, migrate: alembic upgrade head, seed: "psql postgres://u:hunter5@h/x", password: hunter2 }\n  cache: { url: "redis://u:hunter3@ci:6379" }\ntest: { command: [pytest, -k, "a b"] }\napp: {}\nenv: { API_TOKEN: hunter6, DB: "${db.url}" }\n',
};

test('a plan is a line a service, what differs below it, the command and the notes', async () => {
  const text = renderPlan(await planOf(FILES, { DATABASE_URL: 'postgres://u:hunter4@prod/x' }));
  expect(text.split('\n').filter((line) => !line.includes('differs:'))).toEqual([
    'project shop, services from seatrial.yaml',
    'db     PostgreSQL 18.4  embedded  from seatrial.yaml:2 (default version), port 5433  [downloads 23.7 MB]',
    '    npm builds 1.0.0',
    '    migrate: alembic upgrade head',
    '    seed: psql postgres://u:***@h/x',
    'cache  Redis external   external  from seatrial.yaml:3',
    '    the server at ci:6379',
    "test: pytest -k 'a b'  (isolation run, from seatrial.yaml:4)",
    'ignored: app: not used by this version of Seatrial',
    'unused: DATABASE_URL in the environment names prod/x: seen and not used',
  ]);
  expect(text).toContain('    differs: settings for tests: fsync');
  expect(text).not.toMatch(/hunter/);
});

test('a plan of nothing says so', async () => {
  const plan = await planOf({});
  expect(renderPlan(plan)).toContain('no services: neither a configuration, a compose file nor a manifest asks for one');
  expect(renderPlan(plan)).toContain('test: no command: give one after --');
});

test('as JSON it holds the same decisions and no password', async () => {
  const json = planToJson(await planOf(FILES)) as { services: unknown[]; test: unknown };
  expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  expect(json.services).toMatchObject([
    {
      name: 'db',
      kind: 'postgres',
      asked: null,
      version: '18.4',
      driver: 'embedded',
      port: 5433,
      present: false,
      downloadBytes: 23_700_000,
      migrate: ['alembic upgrade head'],
    },
    { name: 'cache', driver: 'external', url: 'redis://u:***@ci:6379', downloadBytes: 0 },
  ]);
  expect(json).toMatchObject({ env: { API_TOKEN: '***', DB: '${db.url}' } });
  expect(json.test).toMatchObject({ command: ['pytest', '-k', 'a b'], isolation: 'run' });
  expect(JSON.stringify(json)).not.toMatch(/hunter/);
});
