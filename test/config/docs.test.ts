import fs from 'node:fs';
import { expect, test } from 'vitest';
import { resolveFiles } from '../helpers/project.ts';

const page = (name: string) => fs.readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
const yamlOf = (text: string) => [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml]) => yaml ?? '');

test('the file in the reference is a valid one', async () => {
  const [file = ''] = yamlOf(page('reference/config.md'));
  const config = await resolveFiles({ 'seatrial.yaml': file });
  expect(config.services.map(({ name }) => name)).toEqual(['db', 'cache', 'search-db']);
  expect(config.idleMs).toBe(7_200_000);
});

test('the examples of the guide do what it says', async () => {
  const [compose = '', external = ''] = yamlOf(page('guide/configuration.md'));
  const config = await resolveFiles({ 'compose.yaml': compose });
  expect(config.test.command).toEqual(['pytest', '-v']);
  expect(config.env).toEqual({ DATABASE_URL: 'postgresql://ann:secret@${test-db.host}:${test-db.port}/${test-db.database}' });
  const named = await resolveFiles({ 'seatrial.yaml': external }, { env: { CI_DATABASE_URL: 'postgres://u:p@ci/x' } });
  expect(named.services[0]?.url).toBe('postgres://u:p@ci/x');
});
