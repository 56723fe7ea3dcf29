import { isSeatrialError, redact, type SeatrialError, toSeatrialError } from '../errors.ts';

/** Wrong usage or configuration. */
export const USAGE_ERROR = 2;
/** `run` could not get as far as the command, or lost what it needs. */
export const OWN_FAILURE = 125;
export const NOT_EXECUTABLE = 126;
export const NOT_FOUND = 127;

export const EXIT_CODES_HELP = `
Exit codes:
  run: the command's own; 128+n when signal n ended it; 127 not found; 126 not executable; 125 Seatrial itself failed
  others: 0 done, 1 failed, 2 wrong usage`;

/** Prints a failure once and sets the exit code. The stack is shown for defects only, and with SEATRIAL_DEBUG=1. */
export function failWith(error: unknown, { json, code }: { readonly json: boolean; readonly code: number }): void {
  const failure = toSeatrialError(error);
  process.exitCode = codeOf(failure, code);
  if (json) process.stdout.write(`${JSON.stringify({ error: failure.toJSON() })}\n`);
  else process.stderr.write(`${describe(failure)}\n`);
  if (process.env.SEATRIAL_DEBUG || failure.code === 'SEATRIAL_INTERNAL') process.stderr.write(`${redact(stackOf(failure))}\n`);
}

export function describe(failure: SeatrialError): string {
  return `seatrial: ${failure.message}\n  ${failure.code}${failure.hint ? `: ${failure.hint}` : ''}`;
}

function codeOf({ code }: SeatrialError, fallback: number): number {
  if (code === 'SEATRIAL_COMMAND_NOT_FOUND') return NOT_FOUND;
  if (code === 'SEATRIAL_OPTION_INVALID' || code === 'SEATRIAL_COMMAND_MISSING') return USAGE_ERROR;
  return fallback;
}

/** With all that caused it; another error of ours is told by its message alone. */
function stackOf(failure: SeatrialError): string {
  const lines = [failure.stack ?? failure.message];
  for (let { cause } = failure as Error; cause instanceof Error && lines.length < 10; { cause } = cause)
    lines.push(`caused by ${isSeatrialError(cause) ? `${cause.code}: ${cause.message}` : cause.stack}`);
  return lines.join('\n');
}
