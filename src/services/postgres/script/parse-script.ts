import { scanStatement } from './scan-statement.ts';

/** One step of a script for psql; `line` counts from 1. */
export type ScriptItem =
  | {
      readonly kind: 'statement';
      readonly sql: string;
      readonly line: number /** Run each cell of the result as a statement too. */;
      readonly execute: boolean;
    }
  | { readonly kind: 'copy'; readonly sql: string; readonly line: number; readonly data: string }
  | { readonly kind: 'meta'; readonly command: string; readonly argument: string; readonly line: number };

/** Meta-commands that end the statement before them. */
const ENDS_STATEMENT = ['g', 'gx', 'gexec'];

/** Takes a script apart lazily, in the order of the file. */
export function* parseScript(text: string): Generator<ScriptItem> {
  const lines = lineCounter(text);
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  while (at < text.length) {
    const { begin, end, endedBy, words } = scanStatement(text, at);
    const line = lines(begin);
    const sql = text.slice(begin, end).trimEnd();
    at = end + (endedBy === ';' ? 1 : 0);
    let execute = false;
    if (endedBy === 'backslash') {
      const meta = readMeta(text, at);
      at = meta.end;
      if (words.length === 0 || !ENDS_STATEMENT.includes(meta.command)) {
        if (words.length > 0) yield { kind: 'statement', sql, line, execute };
        yield { kind: 'meta', command: meta.command, argument: meta.argument, line: lines(end) };
        continue;
      }
      execute = meta.command === 'gexec';
    }
    if (words.length === 0) continue;
    if (words[0] === 'copy' && words.some((word, index) => word === 'from' && words[index + 1] === 'stdin')) {
      const data = readCopyData(text, at);
      at = data.end;
      yield { kind: 'copy', sql, line, data: data.text };
    } else yield { kind: 'statement', sql, line, execute };
  }
}

function readMeta(text: string, at: number): { command: string; argument: string; end: number } {
  const newLine = text.indexOf('\n', at);
  const end = newLine < 0 ? text.length : newLine;
  const [, command = '', argument = ''] = /^\\([A-Za-z]+|[^\sA-Za-z])?\s*(.*)$/s.exec(text.slice(at, end).trim()) ?? [];
  return { command, argument: command === 'copy' ? argument : argument.replace(/\s*;$/, ''), end };
}

/** The lines behind the statement's own, up to `\.` or the end of the file. */
function readCopyData(text: string, at: number): { text: string; end: number } {
  const newLine = text.indexOf('\n', at);
  if (newLine < 0) return { text: '', end: text.length };
  const start = newLine + 1;
  const close = /^\\\.[ \t]*\r?$/m;
  const found = close.exec(text.slice(start));
  if (!found) return { text: text.slice(start), end: text.length };
  return { text: text.slice(start, start + found.index), end: start + found.index + found[0].length };
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
