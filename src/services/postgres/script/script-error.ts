import { isSeatrialError, SeatrialError } from '../../../errors.ts';

interface Place {
  readonly file: string;
  readonly line: number;
  /** The statement or meta-command. */
  readonly text: string;
}

/** What the server said of a statement, with the line at which it points, and the statement's beginning. */
export function scriptError(place: Place, cause: unknown, hint?: string): SeatrialError {
  if (isSeatrialError(cause)) return cause;
  const {
    message,
    position,
    code,
    detail,
    hint: serverHint,
  } = cause as Error & Partial<Record<'position' | 'code' | 'detail' | 'hint', string>>;
  const before = place.text.slice(0, Math.max(0, Number(position ?? 1) - 1));
  const line = place.line + (before.match(/\n/g)?.length ?? 0);
  const beginning = place.text.replace(/\s+/g, ' ').slice(0, 80);
  const next = hint ?? serverHint ?? 'correct the script, then run again';
  return new SeatrialError(
    'SEATRIAL_SCRIPT_FAILED',
    `${place.file}:${line}: ${message}${detail ? ` (${detail})` : ''}\n  in: ${beginning}`,
    {
      cause,
      hint: next,
      details: { file: place.file, line, statement: beginning, ...(code ? { sqlState: code } : {}) },
    },
  );
}
