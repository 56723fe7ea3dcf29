import { describe, expect, test } from 'vitest';
import { errorOf, resolveFiles } from '../helpers/project.ts';

async function messageOf(yaml: string, name = 'seatrial.yaml'): Promise<string> {
  const error = await errorOf(resolveFiles({ [name]: yaml }));
  expect(error.code).toBe('SEATRIAL_CONFIG_INVALID');
  return error.message;
}

describe('a bad file is answered with file, line, column, key, what was expected and the nearest key', () => {
  test.each([
    [
      'an unknown key of the file',
      'servces:\n  db: postgres\n',
      /^seatrial\.yaml:1:1: servces: unknown key, expected one of .*services.* \(did you mean "services"\?\)$/,
    ],
    [
      'an unknown key of a service',
      'services:\n  db:\n    use: postgres\n    migrte: x\n',
      /^seatrial\.yaml:4:5: services\.db\.migrte: unknown key, .* \(did you mean "migrate"\?\)$/,
    ],
    [
      'an unknown option of the kind',
      'services:\n  db: { use: postgres, databse: x }\n',
      /^seatrial\.yaml:2:24: services\.db\.databse: .*did you mean "database"/,
    ],
    [
      'an option of another kind',
      'services:\n  r: { use: redis, extensions: [x] }\n',
      /^seatrial\.yaml:2:20: services\.r\.extensions: unknown key/,
    ],
    [
      'a wrong type',
      'services:\n  db: { use: postgres, port: "abc" }\n',
      /^seatrial\.yaml:2:30: services\.db\.port: expected a whole number from 1 to 65535, found "abc"$/,
    ],
    ['a fraction', 'ports: { db: 1.5 }\n', /ports\.db: expected a whole number from 1 to 65535, found 1\.5$/],
    [
      'a number out of range',
      'services:\n  db: { use: postgres, port: 70000 }\n',
      /port: expected a whole number from 1 to 65535, found 70000$/,
    ],
    [
      'a value out of a list',
      'services: {}\ntest:\n  isolation: workr\n',
      /^seatrial\.yaml:3:14: test\.isolation: expected one of run, worker, rewind, database, schema, transaction, truncate, found "workr" \(did you mean "worker"\?\)$/,
    ],
    [
      'a driver that does not exist',
      'drivers: [embeded]\n',
      /^seatrial\.yaml:1:11: drivers\[0\]: expected one of embedded, native, docker, external, found "embeded" \(did you mean "embedded"\?\)$/,
    ],
    [
      'a list where keys belong',
      'services:\n  - postgres\n',
      /^seatrial\.yaml:2:3: services: expected keys with values, found a list$/,
    ],
    ['a key without a value', 'services:\n  db:\n    use:\n', /services\.db\.use: expected text, found nothing$/],
    [
      'a service without a kind',
      'services:\n  main: { port: 1 }\n',
      /^seatrial\.yaml:2:3: services\.main: which kind of service is this\? expected use, with one of postgres, mariadb, mysql, /,
    ],
    [
      'a mistyped use',
      'services:\n  main: { usee: postgres@18, port: 1 }\n',
      /^seatrial\.yaml:2:11: services\.main\.usee: unknown key, expected one of use, image, url \(did you mean "use"\?\)$/,
    ],
    [
      'a name that is no name',
      'services:\n  "a b": postgres\n',
      /^seatrial\.yaml:2:3: services\.a b: expected a name of letters, digits, _ and -$/,
    ],
    [
      'a step with both sql and command',
      'services:\n  db: { use: postgres, seed: [{ sql: a.sql, command: x }] }\n',
      /services\.db\.seed\[0\]: expected exactly one of sql, command, found sql and command$/,
    ],
    [
      'an unclosed quote in a command',
      'test:\n  command: pytest "a\n',
      /^seatrial\.yaml:2:12: test\.command: unclosed " in: pytest "a$/,
    ],
    [
      'a template that names no service',
      'services: { db: postgres }\nenv:\n  X: "${dbb.url}"\n',
      /^seatrial\.yaml:3:6: env\.X: \$\{dbb\.…\} names no service, expected one of db \(did you mean "db"\?\)$/,
    ],
    ['a time that is none', 'idle: soon\n', /^seatrial\.yaml:1:7: idle: expected a time such as 30m or 8h, found "soon"$/],
    ['YAML that is none', 'services:\n  db: {use: postgres\ntest: 1\n', /^seatrial\.yaml:\d+:\d+: not valid YAML: /],
    ['a key twice', 'test: {}\ntest: {}\n', /^seatrial\.yaml:2:1: not valid YAML: .*unique/],
    ['a tab as indent', 'services:\n\tdb: postgres\n', /^seatrial\.yaml:2:\d: not valid YAML/],
    ['text instead of keys', 'hello\n', /^seatrial\.yaml:1:1: expected keys \(/],
  ])('%s', async (_, yaml, expected) => {
    expect(await messageOf(yaml)).toMatch(expected);
  });
});

test('all problems of a file are told at once, and again as data', async () => {
  const error = await errorOf(resolveFiles({ 'seatrial.yaml': 'drivers: 1\nidle: []\n' }));
  expect(error.message.split('\n')).toHaveLength(2);
  expect(error.details.problems).toEqual([
    { line: 1, column: 10, key: 'drivers', message: 'expected a list, found 1', expected: 'a list' },
    { line: 2, column: 7, key: 'idle', message: expect.stringContaining('found a list'), expected: expect.any(String) },
  ]);
});

test('a problem that came by an anchor is placed where the alias stands', async () => {
  expect(await messageOf('x: &x 1\n')).toMatch(/^seatrial\.yaml:1:1: x: unknown key/);
  expect(await messageOf('services:\n  a: &a { use: postgres, port: 0 }\n  b: *a\n')).toMatch(
    /2:32: services\.a\.port.*\n.*3:6: services\.b\.port/,
  );
});

test('JSON that is none is called so', async () => {
  expect(await messageOf('{ "services": { }\n', 'seatrial.json')).toMatch(/^seatrial\.json:\d+:\d+: not valid JSON/);
});

test('YAML that unfolds without end is refused', async () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 9; i++)
    lines.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    );
  expect(await messageOf(lines.join('\n'))).toMatch(/not valid YAML: .*alias/i);
});

test('a module that fails, or exports nothing, is named', async () => {
  expect(await messageOf('export const a = 1;\n', 'seatrial.config.ts')).toBe('seatrial.config.ts: it has no default export');
  expect(await messageOf('throw new Error("no luck");\n', 'seatrial.config.mts')).toBe(
    "seatrial.config.mts can't be loaded: no luck",
  );
  expect(await messageOf('export default { servces: {} };\n', 'seatrial.config.mjs')).toMatch(
    /^seatrial\.config\.mjs: servces: unknown key/,
  );
});

test('a password in a wrong value is not shown', async () => {
  expect(await messageOf('services: { db: { use: postgres, port: "postgres://u:hunter2@h/x" } }\n')).not.toContain('hunter2');
});

test('two services that would set the same variables are refused', async () => {
  expect(await messageOf('services: { a-b: postgres, a_b: redis }\n')).toMatch(/a_b and a-b would both set A_B_URL/);
});
