import { expect, test } from 'vitest';
import type { ImageSpec } from '../../../src/core/image-spec.ts';
import { versionOf } from '../../../src/drivers/docker/images.ts';
import { parseReference } from '../../../src/drivers/docker/reference.ts';

test.for([
  ['postgres', 'postgres', 'latest', undefined],
  ['postgis/postgis:16-3.4', 'postgis/postgis', '16-3.4', undefined],
  ['registry.example:5000/db', 'registry.example:5000/db', 'latest', 'registry.example:5000'],
  ['localhost/team/db:16@sha256:ab', 'localhost/team/db', 'sha256:ab', 'localhost'],
] as const)('%s', ([image, name, tag, registry]) => {
  expect(parseReference(image)).toEqual({ name, tag, registry });
});

test('the version is what the image says, else what its tag does', () => {
  const spec: ImageSpec = { kind: 'image', image: 'x:7.2-alpine', version: undefined, ports: [1], container: () => ({}) };
  const facts = { env: { V: '1:11.8.2+x' }, labels: { 'org.opencontainers.image.version': 'v7.2.4' }, tag: '7.2-alpine' };
  expect(versionOf(spec, undefined)).toBe('7.2');
  expect(versionOf(spec, facts)).toBe('7.2.4');
  expect(versionOf({ ...spec, versionOf: ({ env }) => /\d+\.\d+\.\d+/.exec(env.V ?? '')?.[0] }, facts)).toBe('11.8.2');
  expect(versionOf({ ...spec, image: 'x:latest' }, undefined)).toBeUndefined();
});
