import { skipBlockComment, skipDollarQuote, skipQuoted } from './skip-literal.ts';

export interface ScannedStatement {
  /** Offset behind the last character of the statement, without `;`. */
  readonly end: number;
  readonly endedBy: ';' | 'backslash' | 'end of file';
  /** Words outside of literals and comments, in lower case; empty when there is nothing to send. */
  readonly words: readonly string[];
  /** Offset of the first character that is neither space nor comment. */
  readonly begin: number;
}

const WORD = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;

/**
 * Finds where the statement that starts at `from` ends, by the rules of psql: a `;` counts only outside of quotes, comments, parentheses and
 * the body of a `BEGIN ATOMIC` function; a backslash outside of quotes starts a meta-command.
 */
export function scanStatement(text: string, from: number): ScannedStatement {
  const words: string[] = [];
  let begin = -1;
  let parentheses = 0;
  let blocks = 0;
  let at = from;
  const done = (endedBy: ScannedStatement['endedBy']): ScannedStatement => ({
    end: at,
    endedBy,
    words,
    begin: begin < 0 ? at : begin,
  });
  while (at < text.length) {
    const char = text[at] as string;
    if (/\s/.test(char)) {
      at++;
      continue;
    }
    if (char === '-' && text[at + 1] === '-') {
      const newLine = text.indexOf('\n', at);
      at = newLine < 0 ? text.length : newLine;
      continue;
    }
    if (char === '/' && text[at + 1] === '*') {
      at = skipBlockComment(text, at);
      continue;
    }
    if (char === '\\') return done('backslash');
    if (char === ';' && parentheses === 0 && blocks === 0) return done(';');
    if (begin < 0) begin = at;
    WORD.lastIndex = at;
    const word = WORD.exec(text)?.[0];
    if (word !== undefined && !startsLiteral(word, text[at + word.length])) {
      words.push(word.toLowerCase());
      blocks = nesting(words, blocks, parentheses);
      at += word.length;
    } else if (word !== undefined) {
      at = skipQuoted(text, at + word.length, /^e$/i.test(word));
    } else if (char === "'" || char === '"') {
      if (words.length === 0) words.push(''); // a statement that starts so is wrong, and the server shall say it
      at = skipQuoted(text, at, false);
    } else if (char === '$') {
      at = skipDollarQuote(text, at);
    } else {
      if (words.length === 0) words.push('');
      if (char === '(') parentheses++;
      else if (char === ')' && parentheses > 0) parentheses--;
      at += /\d/.test(char) ? (/^[\w.$]+/.exec(text.slice(at, at + 64))?.[0].length ?? 1) : 1;
    }
  }
  return done('end of file');
}

/** `E'...'`, `B'...'`, `X'...'`, `N'...'`: the letter belongs to the literal. */
function startsLiteral(word: string, next: string | undefined): boolean {
  return next === "'" && /^[ebxn]$/i.test(word);
}

/** Depth of `BEGIN ... END` in a `CREATE FUNCTION` or `PROCEDURE` with an SQL body. */
function nesting(words: readonly string[], depth: number, parentheses: number): number {
  if (words[0] !== 'create' || parentheses > 0) return depth;
  const what = words[1] === 'or' ? words[3] : words[1];
  if (what !== 'function' && what !== 'procedure') return depth;
  const [before, word] = words.slice(-2);
  if (word === 'atomic' && before === 'begin') return depth + 1;
  if (depth > 0 && word === 'case') return depth + 1;
  if (depth > 0 && word === 'end') return depth - 1;
  return depth;
}
