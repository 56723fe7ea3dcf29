import { isSeatrialError, SeatrialError } from '../../errors.ts';
import type { Target } from './connect.ts';

/** Says what a refusal by the server means for leasing. */
export function explainLeaseFailure(error: unknown, target: Target): SeatrialError {
  if (isSeatrialError(error)) return error;
  const { code, message } = error as Error & { code?: string };
  return new SeatrialError(
    'SEATRIAL_LEASE_FAILED',
    `no database could be leased from ${target.database} at ${target.host}:${target.port}: ${message}`,
    {
      cause: error,
      ...(code === '42501'
        ? {
            hint: `give the role what it lacks: ALTER ROLE ${target.user} CREATEDB, and let it own the database ${target.database}`,
          }
        : {}),
      ...(code === '55006'
        ? { hint: `close the connections to ${target.database} (an open psql or an app), then try again` }
        : {}),
      details: { database: target.database, ...(code ? { sqlState: code } : {}) },
    },
  );
}
