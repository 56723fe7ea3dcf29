import { SeatrialError } from '../errors.ts';
import type { Path, SourceDocument } from './source-document.ts';

/** One thing that is wrong in a configuration file. */
export interface Problem {
  readonly path: Path;
  /** Whether the key or its value is to be pointed at. */
  readonly at: 'key' | 'value';
  readonly message: string;
  readonly expected?: string;
  readonly nearest?: string;
}

/** All problems of one file, each with line, column and key: `seatrial.yaml:3:5: services.db.migrte: unknown key (did you mean "migrate"?)`. */
export function invalidConfig(document: SourceDocument, problems: readonly Problem[], hint?: string): SeatrialError {
  const located = problems.map((problem) => {
    const position = document.locate(problem.path, problem.at);
    const key = pathToText(problem.path);
    const place = position ? `${document.label}:${position.line}:${position.column}` : document.label;
    const guess = problem.nearest === undefined ? '' : ` (did you mean "${problem.nearest}"?)`;
    return {
      text: `${place}: ${key === '' ? '' : `${key}: `}${problem.message}${guess}`,
      detail: { ...position, key, message: problem.message, expected: problem.expected, nearest: problem.nearest },
    };
  });
  return new SeatrialError('SEATRIAL_CONFIG_INVALID', located.map(({ text }) => text).join('\n'), {
    ...(hint === undefined ? {} : { hint }),
    details: { file: document.file, problems: located.map(({ detail }) => detail) },
  });
}

export function pathToText(path: Path): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}
