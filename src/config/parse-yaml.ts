import type { Node } from 'yaml';
import type { Path, Position } from './source-document.ts';

/** A YAML text as a value, with the places of its keys and values by path. */
export interface ParsedYaml {
  readonly value: unknown;
  /** By `placeKey`: where the key stands and where the value; what came by an alias or a merge key has none. */
  readonly places: Readonly<Record<string, Place>>;
}
export interface Place {
  readonly key?: Position;
  readonly value?: Position;
}

/** Text that is not YAML, with the place. */
export class YamlFault extends Error {
  readonly position: Position;
  constructor(message: string, position: Position) {
    super(message);
    this.position = position;
  }
}

export function placeKey(path: Path): string {
  return JSON.stringify(path);
}

/** The library is loaded here, when a text has to be parsed. */
export async function parseYaml(text: string): Promise<ParsedYaml> {
  const { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const [fault] = document.errors;
  if (fault) throw new YamlFault(fault.message, at(fault.pos[0]));
  const places: Record<string, Place> = {};
  const visit = (node: unknown, path: Path, key: Node | undefined): void => {
    const value = isNode(node) && node.range ? { value: at(node.range[0]) } : {};
    places[placeKey(path)] = { ...(key?.range ? { key: at(key.range[0]) } : {}), ...value };
    if (isMap(node))
      for (const pair of node.items) if (isScalar(pair.key)) visit(pair.value, [...path, String(pair.key.value)], pair.key);
    if (isSeq(node)) for (const [index, item] of node.items.entries()) visit(item, [...path, index], undefined);
  };
  visit(document.contents, [], undefined);
  try {
    return { value: document.toJS() ?? {}, places };
  } catch (error) {
    throw new YamlFault(error instanceof Error ? error.message : String(error), { line: 1, column: 1 });
  }
}
