import { describe, expect, test } from 'vitest';
import { builtin } from '../../src/builtin.ts';
import { resolveConfig } from '../../src/config/resolve-config.ts';
import type { DriverName, Probe } from '../../src/core/driver.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { Registry } from '../../src/core/registry.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { Prober } from '../../src/plan/prober.ts';
import { errorOf, makeProject } from '../helpers/project.ts';

/** A machine on which each driver has the given releases, by server executable. */
function machine(has: Partial<Record<DriverName, Readonly<Record<string, readonly string[]>>>>): Prober {
  return async (driver, spec): Promise<Probe | undefined> => {
    if (spec.kind === 'address')
      return driver === 'external'
        ? { ok: true, version: 'external', how: 'an address', present: true }
        : { ok: false, why: 'no binary' };
    if (spec.kind === 'image') return driver === 'docker' ? { ok: false, why: 'no engine' } : undefined;
    if (spec.kind !== 'binary' || driver === 'docker') return undefined;
    const [server = ''] = spec.executables;
    const versions = has[driver]?.[server] ?? [];
    const version = versions.find(
      (each) => spec.version === undefined || each === spec.version || each.startsWith(`${spec.version}.`),
    );
    if (version)
      return { ok: true, version, how: `${driver} ${server} ${version}`, present: driver !== 'embedded', downloadBytes: 1000 };
    return { ok: false, why: versions.length === 0 ? `no ${server}` : `${server} only in ${versions.join(', ')}` };
  };
}
const EMBEDDED = { postgres: ['18.4', '17.10', '16.14'], 'valkey-server': ['9.1.2'] };

async function plan(yaml: string, probe: Prober = machine({ embedded: EMBEDDED }), file = 'seatrial.yaml'): Promise<Plan> {
  const cwd = makeProject({ [file]: yaml });
  return makePlan(await resolveConfig({ cwd, env: {}, registry: builtin }), builtin, probe);
}
const summary = ({ services }: Plan) => services.map(({ config, driver, version }) => `${config.name} ${driver} ${version}`);

test('the first driver that has the version is taken, the default version without one', async () => {
  const made = await plan('services: { db: postgres, old: postgres@16, redis: redis }\n');
  expect(summary(made)).toEqual(['db embedded 18.4', 'old embedded 16.14', 'redis embedded 9.1.2']);
  expect(made.services[0]).toMatchObject({
    present: false,
    downloadBytes: 1000,
    why: 'embedded postgres 18.4',
    origin: 'seatrial.yaml:1',
  });
});

test('a version that one driver cannot give goes to the next, and that is said (R20)', async () => {
  const made = await plan('services: { db: postgres@13 }\n', machine({ embedded: EMBEDDED, native: { postgres: ['13.9'] } }));
  expect(summary(made)).toEqual(['db native 13.9']);
  expect(made.services[0]?.why).toBe('native postgres 13.9; not embedded: postgres only in 18.4, 17.10, 16.14');
});

test('drivers are tried in the order of the file, and of the service', async () => {
  const probe = machine({ embedded: EMBEDDED, native: { postgres: ['18.1'], 'redis-server': ['7.0.15'] } });
  expect(summary(await plan('services: { db: postgres, r: redis@7 }\ndrivers: [native, embedded]\n', probe))).toEqual([
    'db native 18.1',
    'r native 7.0.15',
  ]);
  expect(summary(await plan('services: { db: { use: postgres, drivers: [native] }, r: redis }\n', probe))).toEqual([
    'db native 18.1',
    'r embedded 9.1.2',
  ]);
});

test('a service with an address is external, whatever the order', async () => {
  const made = await plan('services: { db: { use: postgres, url: "postgres://u:p@ci:5432/x" } }\ndrivers: [embedded]\n');
  expect(made.services[0]).toMatchObject({ driver: 'external', spec: { kind: 'address', url: 'postgres://u:p@ci:5432/x' } });
});

describe('the version of an image', () => {
  const compose = (image: string) => plan(`services: { db: { image: "${image}" } }\n`, undefined, 'compose.yaml');

  test('is taken when a driver has it', async () => {
    const made = await compose('postgres:17-alpine');
    expect(summary(made)).toEqual(['db embedded 17.10']);
    expect(made.notes).toEqual([]);
  });

  test.each([
    ['postgres:13', '16.14'],
    ['postgres:16.2', '16.14'],
    ['postgres:19-beta', '18.4'],
    ['postgres:12.1-alpine', '16.14'],
  ])('is replaced when none has it, with a line that says so: %s', async (image, version) => {
    const made = await compose(image);
    expect(summary(made)).toEqual([`db embedded ${version}`]);
    expect(made.notes).toMatchObject([{ kind: 'warning' }]);
    expect(made.notes[0]?.text).toMatch(
      new RegExp(`^db: PostgreSQL ${version} instead of ${image}, which no driver here has \\(embedded: `),
    );
  });

  test('is replaced by the nearest above rather than below', async () => {
    const probe = machine({ embedded: { postgres: ['18.4', '16.14'] } });
    expect(summary(await plan('services: { db: { image: "postgres:17" } }\n', probe, 'compose.yaml'))).toEqual([
      'db embedded 18.4',
    ]);
  });

  test('is said to be chosen when the tag names none', async () => {
    expect((await compose('postgres:latest')).notes.map(({ text }) => text)).toEqual([
      'db: postgres:latest names no version, PostgreSQL 18.4 is taken',
    ]);
  });

  test('of Redis is served by Valkey, which is named', async () => {
    const made = await compose('redis:6-alpine');
    expect(made.notes.map(({ text }) => text)).toEqual([
      'db: redis:6-alpine is served by version 9.1.2 (embedded valkey-server 9.1.2)',
    ]);
    expect(made.services[0]?.deviations.join()).toContain('Valkey 9.1.2 under the name redis@6');
  });
});

describe('what cannot be planned is answered with what exists', () => {
  test('an unknown kind', async () => {
    const kinds = Object.keys(builtin.services);
    expect(await errorOf(plan('services:\n  db: postgers@18\n'))).toMatchObject({
      code: 'SEATRIAL_SERVICE_UNKNOWN',
      message: 'db (seatrial.yaml:2): there is no kind of service called postgers',
      hint: `did you mean postgres? kinds are ${kinds.join(', ')}`,
      details: { nearest: 'postgres', kinds },
    });
    expect((await errorOf(plan('services: { x: constructor }\n'))).code).toBe('SEATRIAL_SERVICE_UNKNOWN');
  });

  test.each(['postgres@99', 'postgres@abc', 'redis@99', 'redis@5'])('an unknown version: %s', async (use) => {
    const error = await errorOf(plan(`services: { s: ${use} }\n`));
    expect(error.code).toBe('SEATRIAL_VERSION_UNKNOWN');
    expect(error.message).toMatch(new RegExp(`^s \\(seatrial.yaml:1\\): there is no ${use}, known are \\d`));
    expect(error.hint).toMatch(/^versions that run here: .+; write `use: \w+@\d+`$/);
  });

  test('a version that no driver has', async () => {
    expect(await errorOf(plan('services: { db: postgres@16.2 }\n'))).toMatchObject({
      code: 'SEATRIAL_DRIVER_NONE_FITS',
      message:
        'db (seatrial.yaml:1): no driver can run PostgreSQL 16.2: embedded: postgres only in 18.4, 17.10, 16.14; native: no postgres; docker: no engine',
      hint: 'versions that run here: 18, 17, 16; write `use: postgres@18`',
      details: { available: ['18', '17', '16'] },
    });
  });

  test('a machine on which nothing runs', async () => {
    const error = await errorOf(plan('services: { db: postgres }\n', machine({})));
    expect(error).toMatchObject({
      code: 'SEATRIAL_DRIVER_NONE_FITS',
      hint: expect.stringContaining('no version of PostgreSQL runs here'),
    });
  });

  test('an address that the allowed drivers do not take', async () => {
    const error = await errorOf(plan('services: { db: { use: postgres, url: "postgres://u@h/x", drivers: [native] } }\n'));
    expect(error).toMatchObject({ code: 'SEATRIAL_DRIVER_NONE_FITS', message: expect.stringContaining('native: no binary') });
  });
});

test('options reach the service with their defaults, and the database is named after the project', async () => {
  const made = await plan('project: Orders API\nservices: { db: { use: postgres, user: ann } }\n');
  const fields = made.services[0]?.configured.fields({ host: '127.0.0.1', port: 1, addresses: [] });
  expect(fields).toMatchObject({ user: 'ann', password: 'testpass', database: 'orders_api_test' });
});

test('a build that stands in for the version that was asked for is said', async () => {
  const probe: Prober = async () => ({ ok: true, version: '16.14', how: 'a later build', present: true });
  const made = await plan('services: { db: postgres@16.2, same: postgres@16 }\n', probe);
  expect(made.notes.map(({ text }) => text)).toEqual(['db: postgres@16.2 is served by version 16.14 (a later build)']);
});

test('a driver that is not asked is not loaded', async () => {
  const loaded: string[] = [];
  const registry: Registry = {
    ...builtin,
    loadDriver: async (name) => {
      loaded.push(name);
      return {
        name,
        takes: ['binary'],
        probe: async (spec) => (await machine({ embedded: EMBEDDED })(name, spec)) ?? { ok: false, why: 'nothing' },
        launch: () => Promise.reject(new Error('a plan starts nothing')),
      };
    },
  };
  const cwd = makeProject({ 'seatrial.yaml': 'services: { db: postgres, redis: redis }\n' });
  await makePlan(await resolveConfig({ cwd, env: {}, registry }), registry);
  expect(loaded).toEqual(['embedded']);
});
