import { describe, expect, test } from 'vitest';
import { builtin } from '../../src/builtin.ts';
import { interpolate, RequiredVariableError } from '../../src/config/compose/interpolate.ts';
import { rewriteAddresses } from '../../src/config/compose/rewrite-addresses.ts';
import { isTestCommand, withoutWait } from '../../src/config/compose/test-command.ts';
import { parseImage, versionOfTag } from '../../src/config/image-reference.ts';
import { splitWords } from '../../src/util/words.ts';

test.each([
  ['$A and ${A}', 'x and x'],
  ['${EMPTY:-d} ${EMPTY-d} ${NONE-d} ${NONE:-d}', 'd  d d'],
  ['${A:+y} ${EMPTY:+y} ${EMPTY+y} ${NONE+y}', 'y  y '],
  ['${NONE:-${A:-z}}', 'x'],
  ['$$A costs 5$ ${', '$A costs 5$ ${'],
  ['${A:?never} ${EMPTY?never}', 'x '],
])('%s becomes %s', (text, expected) => {
  expect(interpolate(text, { A: 'x', EMPTY: '' }).text).toBe(expected);
});

test('a variable without value and default is told, a required one refused', () => {
  expect(interpolate('${B}-$C', {}).missing).toEqual(['B', 'C']);
  expect(() => interpolate('${B:?needs B}', {})).toThrow(RequiredVariableError);
});

test.each([
  ['postgres', 'postgres', 'latest'],
  ['postgres:16-alpine', 'postgres', '16-alpine'],
  ['docker.io/library/postgres:16.4@sha256:abc', 'postgres', '16.4'],
  ['localhost:5000/team/redis', 'team/redis', 'latest'],
  ['bitnami/postgresql:15', 'bitnami/postgresql', '15'],
])('the image %s is repository %s with tag %s', (image, repository, tag) => {
  expect(parseImage(image)).toEqual({ repository, tag });
});

test('a version is read out of a tag when it holds one', () => {
  expect(['16', '16.4-bookworm', '7-alpine3.20', 'latest', 'alpine', 'v8'].map(versionOfTag)).toEqual([
    '16',
    '16.4',
    '7',
    undefined,
    undefined,
    '8',
  ]);
});

describe('a test command', () => {
  test.each([
    'pytest',
    'pytest -n 4',
    'python -m pytest',
    'poetry run pytest tests',
    'uv run pytest',
    'python manage.py test',
    'npm test',
    'npm run test:integration',
    'yarn test',
    'pnpm test',
    'npx vitest run',
    'node --test',
    './mvnw -B verify',
    './gradlew test',
    'go test ./...',
    'coverage run -m pytest',
    'sh -c "alembic upgrade head && pytest"',
    'bash -lc "set -e; CI=1 npm test"',
    './wait-for-it.sh db:5432 -t 30 -- pytest',
    'python -m unittest',
    'make test',
    'cargo test',
  ])('is seen in %s', (command) => {
    expect(isTestCommand(splitWords(command))).toBe(true);
  });
  test.each([
    '',
    'uvicorn app:app',
    'npm start',
    'node server.js',
    'sh -c "alembic upgrade head && uvicorn app:app"',
    'go run .',
    'python manage.py runserver',
    'postgres -c fsync=off',
    'npm run build',
  ])('is not seen in "%s"', (command) => {
    expect(isTestCommand(splitWords(command))).toBe(false);
  });
  test('is freed of the script that waits for services', () => {
    expect(withoutWait(['/app/wait-for-it.sh', 'db:5432', '--', 'pytest', '--', 'x'])).toEqual(['pytest', '--', 'x']);
    expect(withoutWait(['pytest', '--', 'x'])).toEqual(['pytest', '--', 'x']);
  });
});

describe('addresses of compose services', () => {
  const targets = [
    { name: 'db', hosts: ['db', 'database.local'], port: 5432, database: 'app' },
    { name: 'db-2', hosts: ['db-2'], port: 5432, database: undefined },
  ];
  const rewrite = (env: Record<string, string>) => rewriteAddresses(env, targets, builtin);

  test.each([
    ['postgres://u:p@db:5432/app', 'postgres://u:p@${db.host}:${db.port}/${db.database}'],
    ['postgres://u:p@db/app?sslmode=disable', 'postgres://u:p@${db.host}:${db.port}/${db.database}?sslmode=disable'],
    ['postgres://u:p$@db/other', 'postgres://u:p$$@${db.host}:${db.port}/other'],
    ['jdbc:postgresql://database.local:5432/app', 'jdbc:postgresql://${db.host}:${db.port}/${db.database}'],
    ['postgres://u@db-2:5432/x', 'postgres://u@${db-2.host}:${db-2.port}/x'],
    ['db:5432,db-2:5432', '${db.host}:${db.port},${db-2.host}:${db-2.port}'],
    ['host=db:5432', 'host=${db.host}:${db.port}'],
    ['db', '${db.host}'],
  ])('%s becomes %s', (value, template) => {
    expect(rewrite({ X: value }).env).toEqual({ X: template });
  });

  test('words that only look like a service are left', () => {
    for (const value of ['mydb:5432', 'db.example.com', 'a db here', '/var/db/x', 'db-22:5432'])
      expect(rewrite({ X: value }).env).toEqual({ X: value });
  });

  test('ports and names beside a host of ours follow it, others stay', () => {
    expect(rewrite({ APP_DB_HOST: 'db', APP_DB_PORT: '5432', PORT: '5432', HTTP_PORT: '8000' }).env).toEqual({
      APP_DB_HOST: '${db.host}',
      APP_DB_PORT: '${db.port}',
      PORT: '5432',
      HTTP_PORT: '8000',
    });
  });

  test('a database that is not in the file is left out', () => {
    const { env, foreign } = rewrite({
      DATABASE_URL: 'postgres://u:p@prod/x',
      DB_HOST: 'prod.example',
      SITE: 'https://prod.example',
      REDIS_HOST: '',
    });
    expect(env).toEqual({ SITE: 'https://prod.example', REDIS_HOST: '' });
    expect(foreign.map(({ name }) => name)).toEqual(['DATABASE_URL', 'DB_HOST']);
  });
});
