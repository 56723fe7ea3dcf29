import { type ErrorCode, SeatrialError, type SeatrialErrorOptions } from '../errors.ts';

/** An error of the protocol, with the HTTP status it is answered with. */
export function refuse(status: number, message: string, options: SeatrialErrorOptions = {}): SeatrialError {
  return new SeatrialError('SEATRIAL_CONTROL_REJECTED', message, { ...options, details: { status, ...options.details } });
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  SEATRIAL_SERVICE_NOT_FOUND: 404,
  SEATRIAL_SESSION_NOT_FOUND: 404,
  SEATRIAL_LEASE_NOT_FOUND: 404,
  SEATRIAL_TEST_NOT_FOUND: 404,
  SEATRIAL_OPTION_INVALID: 400,
  SEATRIAL_LEASE_UNSUPPORTED: 409,
  SEATRIAL_RESET_NOT_ALLOWED: 409,
  SEATRIAL_TESTS_OVERLAP: 409,
  SEATRIAL_LEASE_FAILED: 503,
  SEATRIAL_SERVICE_DIED: 503,
  SEATRIAL_SERVICE_NOT_READY: 503,
};

export function statusOf(error: SeatrialError): number {
  if (error.code === 'SEATRIAL_CONTROL_REJECTED' && typeof error.details.status === 'number') return error.details.status;
  return STATUS[error.code] ?? 500;
}
