import fs from 'node:fs';
import { expect, test } from 'vitest';
import { builtin } from '../../src/builtin.ts';
import { CONFIG_SHAPE, LATER_KEYS, SERVICE_KEYS } from '../../src/config/config-shape.ts';
import { toJsonSchema } from '../../src/config/json-schema.ts';

test('the published schema is the one that the shapes make; if not: node scripts/generate-schema.ts', async () => {
  const published = JSON.parse(fs.readFileSync(new URL('../../schema/seatrial.schema.json', import.meta.url), 'utf8'));
  expect(published).toEqual(JSON.parse(JSON.stringify(await toJsonSchema(builtin))));
});

test('the reference names every key, every option of every kind, and every driver', async () => {
  const text = fs.readFileSync(new URL('../../docs/reference/config.md', import.meta.url), 'utf8');
  const definitions = await Promise.all(Object.values(builtin.services).map((entry) => entry.load()));
  const keys = [
    ...Object.keys(CONFIG_SHAPE.keys),
    ...Object.keys(SERVICE_KEYS),
    ...LATER_KEYS,
    ...definitions.flatMap(({ options }) => Object.keys(options)),
  ];
  expect(keys.filter((key) => !text.includes(`\`${key}\``))).toEqual([]);
});
