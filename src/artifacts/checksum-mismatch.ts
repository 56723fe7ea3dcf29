import { SeatrialError } from '../errors.ts';

export function checksumMismatch(file: string, source: string, expected: string, got: string): SeatrialError {
  return new SeatrialError('SEATRIAL_ARTIFACT_CHECKSUM_MISMATCH', `${file} (${source}) has sha256 ${got}, expected ${expected}`, {
    hint: 'a mirror or proxy delivered another file: nothing of it was kept; clear the client cache and try again, or compare with the publisher',
    details: { file, source, expected, got },
  });
}
