/** One step of a script for the `mariadb` or `mysql` client; `line` counts from 1. */
export type ScriptItem =
  | { readonly kind: 'statement'; readonly sql: string; readonly line: number }
  | { readonly kind: 'source'; readonly file: string; readonly line: number };

/** Commands of the client that change how it shows things, not what the script does. */
const WITHOUT_EFFECT = /^(?:pager|nopager|tee|notee|warnings|nowarning|prompt|rehash|status)\b/i;

/** Takes a script apart lazily, by the rules of the client: a delimiter counts outside of quotes and comments, and `DELIMITER` changes it. */
export function* parseScript(text: string): Generator<ScriptItem> {
  const lines = lineCounter(text);
  let delimiter = ';';
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  for (;;) {
    at = skipBlank(text, at);
    if (at >= text.length) return;
    const line = lines(at);
    const rest = restOfLine(text, at);
    const [, changed] = /^delimiter\s+(\S+)/i.exec(rest) ?? [];
    const [, file] = /^(?:source\s+|\\\.\s*)(.+?)\s*;?\s*$/i.exec(rest) ?? [];
    if (changed !== undefined || file !== undefined || WITHOUT_EFFECT.test(rest)) {
      if (changed !== undefined) delimiter = changed;
      if (file !== undefined) yield { kind: 'source', file, line };
      at += rest.length;
      continue;
    }
    const { end, next } = scanStatement(text, at, delimiter);
    const sql = text.slice(at, end).trimEnd();
    at = next;
    if (sql !== '') yield { kind: 'statement', sql, line };
  }
}

/** Where the statement at `from` ends, and what follows its delimiter. Comments for the server, as in dumps, are part of it. */
function scanStatement(text: string, from: number, delimiter: string): { readonly end: number; readonly next: number } {
  let at = from;
  while (at < text.length) {
    if (text.startsWith(delimiter, at)) return { end: at, next: at + delimiter.length };
    const char = text[at] as string;
    if (char === "'" || char === '"' || char === '`') at = skipQuoted(text, at);
    else if (char === '\\' && /[gG]/.test(text[at + 1] ?? '')) return { end: at, next: at + 2 };
    else if (startsComment(text, at)) at = skipComment(text, at);
    else at++;
  }
  return { end: at, next: at };
}

/** Behind white space and comments that are none for the server. */
function skipBlank(text: string, from: number): number {
  let at = from;
  for (;;) {
    while (at < text.length && /\s/.test(text[at] as string)) at++;
    if (at >= text.length || !startsComment(text, at)) return at;
    at = skipComment(text, at);
  }
}

/** `#`, `--` before white space, or a block that is not one of `/*!`, `/*M!`, `/*+`, which the server reads. */
function startsComment(text: string, at: number): boolean {
  if (text[at] === '#') return true;
  if (text[at] === '-' && text[at + 1] === '-') return at + 2 >= text.length || text.charCodeAt(at + 2) <= 32;
  return text[at] === '/' && text[at + 1] === '*' && !/^(?:!|M!|\+)/.test(text.slice(at + 2, at + 4));
}

function skipComment(text: string, at: number): number {
  const close = text[at] === '/' ? '*/' : '\n';
  const found = text.indexOf(close, at + (text[at] === '/' ? 2 : 0));
  return found < 0 ? text.length : found + close.length;
}

function skipQuoted(text: string, at: number): number {
  const quote = text[at];
  for (let i = at + 1; i < text.length; i++) {
    const char = text[i];
    if (char === '\\' && quote !== '`') i++;
    else if (char === quote && text[i + 1] === quote) i++;
    else if (char === quote) return i + 1;
  }
  return text.length;
}

function restOfLine(text: string, at: number): string {
  const newLine = text.indexOf('\n', at);
  return text.slice(at, newLine < 0 ? text.length : newLine);
}

/** Line of an offset; offsets must come in rising order. */
function lineCounter(text: string): (offset: number) => number {
  let line = 1;
  let seen = 0;
  return (offset) => {
    for (let next = text.indexOf('\n', seen); next >= 0 && next < offset; next = text.indexOf('\n', seen)) {
      line++;
      seen = next + 1;
    }
    return line;
  };
}
