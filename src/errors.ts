/** The closed list of codes; each has a row in docs/reference/errors.md, and a test keeps the two equal. */
export const ERROR_CODES = [
  'SEATRIAL_ARTIFACT_CHECKSUM_MISMATCH',
  'SEATRIAL_ARTIFACT_FETCH_FAILED',
  'SEATRIAL_ARTIFACT_NO_PLATFORM',
  'SEATRIAL_ARTIFACT_UNPACK_FAILED',
  'SEATRIAL_CACHE_UNUSABLE',
  'SEATRIAL_COMMAND_MISSING',
  'SEATRIAL_COMMAND_NOT_FOUND',
  'SEATRIAL_CONFIG_INVALID',
  'SEATRIAL_CONFIG_NOT_FOUND',
  'SEATRIAL_CONFIG_UNREADABLE',
  'SEATRIAL_CONTROL_REJECTED',
  'SEATRIAL_CONTROL_UNREACHABLE',
  'SEATRIAL_DRIVER_NONE_FITS',
  'SEATRIAL_ENGINE_FAILED',
  'SEATRIAL_ENV_FILE_HELD',
  'SEATRIAL_FOUND_ADDRESS_USED',
  'SEATRIAL_IMAGE_UNAVAILABLE',
  'SEATRIAL_INTERNAL',
  'SEATRIAL_LEASE_FAILED',
  'SEATRIAL_LEASE_NOT_FOUND',
  'SEATRIAL_LEASE_UNSUPPORTED',
  'SEATRIAL_LOCK_TIMEOUT',
  'SEATRIAL_MESSAGE_MISSING',
  'SEATRIAL_MIGRATION_FAILED',
  'SEATRIAL_MIGRATION_MISSED_DATABASE',
  'SEATRIAL_OPTION_INVALID',
  'SEATRIAL_RESET_FAILED',
  'SEATRIAL_RESET_NOT_ALLOWED',
  'SEATRIAL_RUNTIME_UNUSABLE',
  'SEATRIAL_SCRIPT_FAILED',
  'SEATRIAL_SERVICE_DIED',
  'SEATRIAL_SERVICE_NOT_FOUND',
  'SEATRIAL_SERVICE_NOT_READY',
  'SEATRIAL_SERVICE_START_FAILED',
  'SEATRIAL_SERVICE_UNKNOWN',
  'SEATRIAL_SESSION_NOT_FOUND',
  'SEATRIAL_TESTS_OVERLAP',
  'SEATRIAL_TEST_NOT_FOUND',
  'SEATRIAL_VERSION_UNKNOWN',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface SeatrialErrorOptions {
  /** What to do next: a command or a setting to try. One sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** JSON-safe facts; the same in CLI output, control API body and JSON report. */
  readonly details?: Readonly<Record<string, unknown>>;
}

const BRAND = Symbol.for('seatrial.error');

/** The one error class. `message` says what happened and with which values; URL passwords and tokens are removed from it here. */
export class SeatrialError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
  readonly [BRAND] = true;

  constructor(code: ErrorCode, message: string, options: SeatrialErrorOptions = {}) {
    super(redact(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SeatrialError';
    this.code = code;
    this.hint = options.hint === undefined ? undefined : redact(options.hint);
    this.details = redactDeep(options.details ?? {}) as Readonly<Record<string, unknown>>;
  }

  toJSON(): { code: ErrorCode; message: string; hint?: string; details: Readonly<Record<string, unknown>> } {
    return { code: this.code, message: this.message, ...(this.hint ? { hint: this.hint } : {}), details: this.details };
  }
}

/** True for our errors, also when another loaded copy of Seatrial made them. */
export function isSeatrialError(value: unknown): value is SeatrialError {
  return typeof value === 'object' && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true;
}

/** Wraps what is not ours, so that every failure that leaves Seatrial has a code. */
export function toSeatrialError(value: unknown): SeatrialError {
  if (isSeatrialError(value)) return value;
  const message = value instanceof Error ? value.message : String(value);
  return new SeatrialError('SEATRIAL_INTERNAL', `unexpected failure: ${message}`, {
    cause: value,
    hint: 'this is a defect of Seatrial: please report it with the output of `seatrial doctor`',
  });
}

/** `scheme://user:secret@host` becomes `scheme://user:***@host`; bearer tokens become `Bearer ***`. */
export function redact(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]{0,30}:\/\/[^\s:/@'"]*:)(?:[^\s/'"]+|[^\s@'"]+)@/gi, '$1***@')
    .replace(/\b(Bearer)\s+[A-Za-z0-9._~+/=-]+/g, '$1 ***')
    .replace(/\b(PGPASSWORD|[A-Z_]{0,60}(?:PASSWORD|SECRET|TOKEN))=(?!\*\*\*)[^\s'"]+/g, '$1=***');
}

const SECRET_KEY = /^(?:.*_)?(?:pass(?:word)?|secret|token|credentials?)$/i;

function redactDeep(value: unknown): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map(redactDeep);
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, SECRET_KEY.test(key) ? '***' : redactDeep(inner)]),
    );
  return value;
}
