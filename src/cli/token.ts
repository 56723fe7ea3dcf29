import crypto from 'node:crypto';

/** A bearer token for the control API; 256 bits. */
export function newToken(): string {
  return crypto.randomBytes(32).toString('hex');
}
