import { describe, expect, test } from 'vitest';
import { formatBytes, formatDuration } from '../../src/util/format.ts';
import { nearest } from '../../src/util/nearest.ts';
import { renderTable } from '../../src/util/table.ts';
import { fillTemplate } from '../../src/util/template.ts';

describe('fillTemplate', () => {
  const fill = (text: string) =>
    fillTemplate(
      text,
      (name) => ({ 'db.url': 'postgres://$&', empty: '' })[name],
      (name) => {
        throw new Error(`missing ${name}`);
      },
    );

  test.each([
    ['${db.url}', 'postgres://$&'],
    ['a ${ db.url } b', 'a postgres://$& b'],
    ['[${empty}]', '[]'],
    ['$${db.url}', '${db.url}'],
    ['$$$$', '$$'],
    ['cost: 5$ ${', 'cost: 5$ ${'],
    ['$db.url', '$db.url'],
    ['', ''],
  ])('makes %j into %j', (text, expected) => {
    expect(fill(text)).toBe(expected);
  });

  test('reports a name that nobody knows, without the blanks around it', () => {
    expect(() => fill('x ${ db.uri }')).toThrow('missing db.uri');
    expect(() => fill('${}')).toThrow('missing ');
  });
});

describe('nearest', () => {
  const kinds = ['postgres', 'redis', 'kafka'];

  test.each([
    ['postgers', 'postgres'],
    ['Redsi', 'redis'],
    ['kafak', 'kafka'],
    ['postgresql', 'postgres'],
    ['mongodb', undefined],
    ['', undefined],
  ])('takes %j for %j', (word, expected) => {
    expect(nearest(word, kinds)).toBe(expected);
  });

  test('has no guess when there is nothing to choose from, and prefers the first of equals', () => {
    expect(nearest('db', [])).toBeUndefined();
    expect(nearest('dc', ['da', 'db'])).toBe('da');
  });
});

describe('formatDuration and formatBytes', () => {
  test.each([
    [0, '0 ms'],
    [999.4, '999 ms'],
    [999.6, '1.0 s'],
    [59_940, '59.9 s'],
    [59_960, '1 min'],
    [3_569_000, '59 min'],
    [3_571_000, '1 h'],
    [47 * 3_600_000, '47 h'],
    [48 * 3_600_000, '2 d'],
  ])('show %d ms as %j', (ms, expected) => {
    expect(formatDuration(ms)).toBe(expected);
  });

  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [999_960, '1.0 MB'],
    [23_700_000, '23.7 MB'],
    [5e15, '5000.0 TB'],
  ])('show %d bytes as %j', (bytes, expected) => {
    expect(formatBytes(bytes)).toBe(expected);
  });
});

test('a table has columns as wide as their widest cell, and no blanks at the end of a line', () => {
  expect(renderTable(['NAME', 'PORT', 'AGE'], [['db', '54321', ''], ['a-long-name', '1', '2 h'], ['x']])).toBe(
    ['NAME         PORT   AGE', 'db           54321', 'a-long-name  1      2 h', 'x'].join('\n'),
  );
  expect(renderTable(['NAME'], [])).toBe('NAME');
});
