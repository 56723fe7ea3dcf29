import { expect, test } from 'vitest';
import { composeEnv } from '../../src/session/compose-env.ts';
import { errorOf, resolveFiles } from '../helpers/project.ts';

const FILE = {
  'seatrial.yaml':
    'services: { db: postgres, cache: redis }\nenv: { A: "${db.url}", B: "${db.url} ${cache.url}", C: "$${db.url}", D: plain }\n',
};
const DB = { url: 'postgres://h', host: 'h', port: '1' };

test('a template of a service that is not up, or that another session serves, is left away', async () => {
  const config = await resolveFiles(FILE);
  const env = (fields: Parameters<typeof composeEnv>[0]['fields']) => {
    const { A, B, C, D } = composeEnv({ config, services: [], fields, runId: 'x' });
    return { A, B, C, D };
  };
  expect(env({})).toEqual({ A: undefined, B: undefined, C: '${db.url}', D: 'plain' });
  expect(env({ db: DB })).toEqual({ A: 'postgres://h', B: undefined, C: '${db.url}', D: 'plain' });
});

test('a field that a service does not have is an error which names those it has', async () => {
  const config = await resolveFiles({ 'seatrial.yaml': 'services: { db: postgres }\nenv: { A: "${db.uri}" }\n' });
  const error = await errorOf((async () => composeEnv({ config, services: [], fields: { db: DB }, runId: 'x' }))());
  expect(error).toMatchObject({ code: 'SEATRIAL_CONFIG_INVALID', hint: 'known names: db.url, db.host, db.port' });
});

test('the environment is marked as ours, so that a later run in the same shell knows it', async () => {
  const config = await resolveFiles({ 'seatrial.yaml': 'services: { db: postgres }\n' });
  expect(composeEnv({ config, services: [], fields: {}, runId: 'abc' })).toMatchObject({
    SEATRIAL_INJECTED: 'abc',
    SHOP_TEST_RUN_ID: 'abc',
  });
});
