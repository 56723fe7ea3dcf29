import type { Origin } from '../core/config.ts';

/** Keys and indexes from the top of the file. */
export type Path = readonly (string | number)[];

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A configuration file as a value, with the way back to its lines. */
export interface SourceDocument {
  /** Absolute. */
  readonly file: string;
  /** How the user calls it: relative to where they are. */
  readonly label: string;
  readonly value: unknown;
  /** Undefined when the file has no lines to speak of (a module). */
  locate(path: Path, at: 'key' | 'value'): Position | undefined;
}

/** `seatrial.yaml:4`, or only the file. */
export function originOf(document: SourceDocument, path: Path): Origin {
  const position = document.locate(path, 'key');
  return position ? `${document.label}:${position.line}` : document.label;
}
