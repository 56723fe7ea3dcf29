import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const GUIDE = 'docs/guide/scenarios.md';
const SUITES = [
  'examples/*/tests/**/*.{ts,py}',
  'examples/*/src/test/**/*.java',
  'clients/python/tests/*.py',
  'test/e2e/**/*.test.ts',
];

/** How a file says what it proves: `describe('A1: ...` or `test('R1: ...` in TypeScript, a docstring or doc
 * comment that begins with `A1: ` elsewhere; a further sentence may name another. */
const CLAIM = /(?:["'`]|^ *\/\*\* |\. )([RIDAS]\d{1,2})(?::| on )/gm;

const rows = readFileSync(join(ROOT, GUIDE), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, id, , proof] = /^\| ([A-Z]\d+) \| (.+) \| (.+) \|$/.exec(line) ?? [];
    return id && proof
      ? [{ id, files: [...proof.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => join('docs/guide', link)) }]
      : [];
  });

describe('the table of scenarios', () => {
  test('has rows, and lists each id once', () => {
    expect(rows.length).toBeGreaterThan(0);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  });

  test.each(rows)('links files that exist and claim $id', ({ id, files }) => {
    expect(files).not.toEqual([]);
    for (const file of files) {
      expect(statSync(join(ROOT, file)).isFile(), file).toBe(true);
      expect(claims(file), file).toContain(id);
    }
  });

  test('misses nothing that a suite claims to prove', () => {
    const claimed = SUITES.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).flatMap((file) =>
      [...claims(file)].map((id) => `${id} ${file}`),
    );
    const listed = rows.flatMap(({ id, files }) => files.map((file) => `${id} ${file}`));
    expect(listed).toEqual(expect.arrayContaining(claimed));
  });
});

function claims(file: string): ReadonlySet<string> {
  return new Set([...readFileSync(join(ROOT, file), 'utf8').matchAll(CLAIM)].map(([, id = '']) => id));
}
