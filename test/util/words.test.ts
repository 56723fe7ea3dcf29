import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { quoteWord, splitWords } from '../../src/util/words.ts';

/** What a real shell makes of the text as arguments. */
function wordsOfShell(text: string): string[] {
  const printed = execFileSync('/bin/sh', ['-c', `set -f\n[ $# = 0 ] || exit 9\nset -- ${text}\nprintf '%s\\0' "$@"`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return printed === '\0' ? [] : printed.split('\0').slice(0, -1);
}

const SPLIT = [
  'pytest -n 4',
  '  leading   and trailing  ',
  '\ttabs\tand\t',
  `a'b'"c"d`,
  `'single "double" inside' "double 'single' inside"`,
  `'' "" x`,
  `x''y ""z`,
  String.raw`a\ b c\\d \'e \"f`,
  String.raw`"a\"b" "c\\d" "\$HOME" "\x stays" '\n stays'`,
  `-k 'not slow and (unit or "x y")'`,
  `--sql='select ''1'' "x"'`,
  'pytest \\\n  -x \\\n  tests',
  '"one \\\nline"',
  'glued\\\ntogether',
  'unicode: ü\u00a0not-a-blank',
  String.raw`ends-with\\`,
];

const QUOTE = [
  '',
  'plain-1.2_3/@%+=:,',
  'two words',
  `it's`,
  `''`,
  `"`,
  '$HOME `id` $(id) ; & | < > * ? [a] {b} ! # ~',
  'back\\slash\\',
  'line\nbreak',
  '-n',
  'ü',
  '\t',
];

describe('splitWords', () => {
  test.each(SPLIT.map((text) => [text]))('splits %j as /bin/sh does', (text) => {
    expect(splitWords(text)).toEqual(wordsOfShell(text));
  });

  test('expands nothing: variables, patterns, comments and operators are plain text', () => {
    expect(splitWords('$HOME * #x a;b a|b ~')).toEqual(['$HOME', '*', '#x', 'a;b', 'a|b', '~']);
  });

  test('takes the end of a line for a blank, as in a block of YAML', () => {
    expect(splitWords('pytest\n  -x\r\n')).toEqual(['pytest', '-x']);
  });

  test('takes a lone backslash at the end for itself, and says which quote is not closed', () => {
    expect(splitWords('a\\')).toEqual(['a\\']);
    expect(() => splitWords(`echo "it's`)).toThrow(`unclosed " in: echo "it's`);
    expect(() => splitWords(`it's`)).toThrow(`unclosed '`);
  });
});

describe('quoteWord', () => {
  test.each(QUOTE.map((word) => [word]))('writes %j so that /bin/sh and splitWords read it back', (word) => {
    expect(wordsOfShell(`x ${quoteWord(word)}`)).toEqual(['x', word]);
    expect(splitWords(quoteWord(word))).toEqual([word]);
  });

  test('leaves alone what needs no quotes', () => {
    expect(['-n', 'a/b.py::test', 'X=1'].map(quoteWord)).toEqual(['-n', 'a/b.py::test', 'X=1']);
  });
});
