import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createOpenApi } from '../../src/control/openapi.ts';
import { routes } from '../../src/control/routes.ts';

const read = (file: string) => fs.readFileSync(new URL(`../../docs/reference/${file}`, import.meta.url), 'utf8');

describe('the OpenAPI document', () => {
  test('in the repository is the one that the server answers', () => {
    expect(JSON.parse(read('openapi.json')), 'run `node scripts/generate-openapi.ts`').toEqual(
      JSON.parse(JSON.stringify(createOpenApi())),
    );
  });

  test('refers only to schemas that it has', () => {
    const document = createOpenApi();
    const text = JSON.stringify(document);
    const wanted = new Set(Array.from(text.matchAll(/"#\/components\/schemas\/(\w+)"/g), ([, name]) => name as string));
    expect([...wanted].filter((name) => !(name in document.components.schemas))).toEqual([]);
  });

  test('names each operation once', () => {
    const ids = Object.values(createOpenApi().paths).flatMap((methods) =>
      Object.values(methods).map((operation) => (operation as { operationId: string }).operationId),
    );
    expect(ids).toHaveLength(routes.length);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('the reference page', () => {
  test('shows each route', () => {
    const page = read('control-api.md');
    expect(routes.map(({ method, path }) => `${method} ${path}`).filter((route) => !page.includes(`\`${route}\``))).toEqual([]);
  });
});
