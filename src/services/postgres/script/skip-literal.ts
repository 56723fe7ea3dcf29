/** Each answers the offset behind the literal or comment that starts at `at`; an unclosed one reaches to the end of the text. */

export function skipQuoted(text: string, at: number, backslashEscapes: boolean): number {
  const quote = text[at];
  for (let i = at + 1; i < text.length; i++) {
    const char = text[i];
    if (backslashEscapes && char === '\\') i++;
    else if (char === quote && text[i + 1] === quote) i++;
    else if (char === quote) return i + 1;
  }
  return text.length;
}

/** `$$ ... $$` or `$tag$ ... $tag$`; a lone `$` (as in `$1`) is one character. */
export function skipDollarQuote(text: string, at: number): number {
  const opening = /^\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/.exec(text.slice(at, at + 80))?.[0];
  if (opening === undefined) return at + 1;
  const close = text.indexOf(opening, at + opening.length);
  return close < 0 ? text.length : close + opening.length;
}

/** Block comments nest in PostgreSQL. */
export function skipBlockComment(text: string, at: number): number {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    if (text[i] === '/' && text[i + 1] === '*') {
      depth++;
      i++;
    } else if (text[i] === '*' && text[i + 1] === '/') {
      depth--;
      i++;
      if (depth === 0) return i + 1;
    }
  }
  return text.length;
}
