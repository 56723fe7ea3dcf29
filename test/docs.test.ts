import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSourceFiles, repositoryRoot } from './helpers/source-files.ts';

const pages = new Map([
  ...readSourceFiles(['docs', 'examples', 'clients', 'bench'], ['.md']),
  ...['README.md', 'CONTRIBUTING.md', 'AGENTS.md', 'CHANGELOG.md'].map(
    (name) => [name, fs.readFileSync(path.join(repositoryRoot, name), 'utf8')] as const,
  ),
]);

describe('documentation', () => {
  test('links only to files that are there', () => {
    const broken = [...pages].flatMap(([page, text]) =>
      [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
        .map(([, target]) => target ?? '')
        .filter((target) => !/^[a-z]+:/.test(target) && !fs.existsSync(path.join(repositoryRoot, path.dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  test('names only npm scripts and error codes that exist', () => {
    const { scripts } = JSON.parse(fs.readFileSync(path.join(repositoryRoot, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const codes = fs.readFileSync(path.join(repositoryRoot, 'src/errors.ts'), 'utf8');
    const unknown = [...pages].flatMap(([page, text]) =>
      [
        ...[...text.matchAll(/\bnpm run ([a-z][a-z:]*)/g)]
          .map(([, name]) => name ?? '')
          .filter((name) => !(name in scripts) && !page.startsWith('examples/')),
        ...[...text.matchAll(/\bSEATRIAL_[A-Z]+(?:_[A-Z]+)+\b/g)]
          .map(([code]) => code)
          .filter(
            (code) => /_(INVALID|FAILED|UNKNOWN|NOT_[A-Z]+|UNREADABLE|DIED|MISSING)$/.test(code) && !codes.includes(`'${code}'`),
          ),
      ].map((name) => `${page}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  test('keeps decisions short: 30 lines, numbered without gaps', () => {
    const folder = path.join(repositoryRoot, 'docs/internals/adr');
    const names = fs.readdirSync(folder).sort();
    expect(names.map((name) => Number(name.slice(0, 4)))).toEqual(names.map((_, index) => index + 1));
    const long = names.filter((name) => fs.readFileSync(path.join(folder, name), 'utf8').trimEnd().split('\n').length > 30);
    expect(long).toEqual([]);
  });
});
