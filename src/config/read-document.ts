import fs from 'node:fs/promises';
import path from 'node:path';
import type { Document, LineCounter, Node } from 'yaml';
import { SeatrialError } from '../errors.ts';
import type { Path, Position, SourceDocument } from './source-document.ts';

/** Reads YAML, or JSON as the subset of it that it is. */
export async function readDocument(file: string, cwd: string): Promise<SourceDocument> {
  const label = labelOf(file, cwd);
  const text = await readText(file, label);
  const yaml = await import('yaml');
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const fault = document.errors[0];
  if (fault) {
    const { line, col } = lines.linePos(fault.pos[0]);
    throw notYaml(file, label, { line, column: col }, fault.message);
  }
  let value: unknown;
  try {
    value = document.toJS() ?? {};
  } catch (cause) {
    throw notYaml(file, label, { line: 1, column: 1 }, cause instanceof Error ? cause.message : String(cause));
  }
  return { file, label, value, locate: (at, kind) => locate(document, lines, at, kind, yaml.isMap, yaml.isNode) };
}

export function labelOf(file: string, cwd: string): string {
  return path.relative(cwd, file) || path.basename(file);
}

async function readText(file: string, label: string): Promise<string> {
  try {
    return await fs.readFile(file, 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new SeatrialError(
      missing ? 'SEATRIAL_CONFIG_NOT_FOUND' : 'SEATRIAL_CONFIG_UNREADABLE',
      missing ? `there is no file ${label}` : `${label} can't be read: ${(cause as Error).message}`,
      { cause, details: { file } },
    );
  }
}

function notYaml(file: string, label: string, position: Position, reason: string): SeatrialError {
  return new SeatrialError(
    'SEATRIAL_CONFIG_INVALID',
    `${label}:${position.line}:${position.column}: not valid ${formatOf(file)}: ${reason}`,
    {
      hint: 'indent with spaces, and quote a value that holds ": ", "#", or starts with one of {[*&!|>%@`',
      details: { file, problems: [{ ...position, key: '', message: reason }] },
    },
  );
}

function formatOf(file: string): string {
  return file.endsWith('.json') ? 'JSON' : 'YAML';
}

type IsMap = typeof import('yaml').isMap;
type IsNode = typeof import('yaml').isNode;

/** The place of the value or its key; where it came by an alias or a merge key, of the nearest parent that stands in the file. */
function locate(
  document: Document.Parsed,
  lines: LineCounter,
  at: Path,
  kind: 'key' | 'value',
  isMap: IsMap,
  isNode: IsNode,
): Position | undefined {
  for (let length = at.length; length >= 0; length--) {
    const range = rangeOf(document, at.slice(0, length), kind, isMap, isNode);
    if (!range) continue;
    const { line, col } = lines.linePos(range[0]);
    return { line, column: col };
  }
  return undefined;
}

function rangeOf(
  document: Document.Parsed,
  at: Path,
  kind: 'key' | 'value',
  isMap: IsMap,
  isNode: IsNode,
): Node['range'] | undefined {
  if (kind === 'key' && at.length > 0) {
    const parent = at.length === 1 ? document.contents : document.getIn(at.slice(0, -1), true);
    if (!isMap(parent)) return nodeRange(document.getIn(at, true), isNode);
    const name = String(at.at(-1));
    const pair = parent.items.find(({ key }) => String(isNode(key) ? (key as { value?: unknown }).value : key) === name);
    return pair ? nodeRange(pair.key, isNode) : undefined;
  }
  return nodeRange(at.length === 0 ? document.contents : document.getIn(at, true), isNode);
}

function nodeRange(node: unknown, isNode: IsNode): Node['range'] | undefined {
  return isNode(node) ? (node.range ?? undefined) : undefined;
}
