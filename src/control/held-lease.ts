import type { Lease } from '../core/lease.ts';
import { SeatrialError } from '../errors.ts';
import type { HttpAnswer } from './http-exchange.ts';

export interface LeaseGrant {
  readonly lease: Lease;
  /** The main processes' values of the names in `lease.env`. */
  readonly replaces: Readonly<Record<string, string>>;
}
export interface HeldLease extends LeaseGrant, AsyncDisposable {
  /** Settles when the session has gone or ended the lease, never after `release`. */
  readonly lost: Promise<void>;
  /** Ends the lease; resolves when its state is gone. Never rejects: what cannot be told to the session, the closed connection tells. */
  release(): Promise<void>;
  /** Ends it without waiting: the closed connection tells. */
  drop(): void;
}

/** The lease of an answer that stays open; the connection is its holder. */
export async function createHeldLease(answer: HttpAnswer, releaseLease: (id: string) => Promise<void>): Promise<HeldLease> {
  const { value } = await answer.lines.next();
  if (value === undefined)
    throw new SeatrialError('SEATRIAL_LEASE_FAILED', 'the session ended while it made a lease', {
      hint: 'see `seatrial services status`',
    });
  const { lease, replaces } = JSON.parse(value) as LeaseGrant;
  let released = false;
  const lost = new Promise<void>((resolve) => {
    const end = () => released || resolve();
    answer.lines.next().then(end, end);
  });
  const release = async () => {
    if (released) return;
    released = true;
    await releaseLease(lease.id).catch(() => {});
    answer.close();
  };
  const drop = () => {
    released = true;
    answer.close();
  };
  return { lease, replaces, lost, release, drop, [Symbol.asyncDispose]: release };
}
