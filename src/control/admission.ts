import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { refuse } from './refuse.ts';
import { API_VERSION, API_VERSION_HEADER } from './version.ts';

export interface Admission {
  readonly token: string;
  readonly port: number;
  readonly via: 'tcp' | 'unix';
}

/**
 * Lets a request in or throws. A browser page is kept out three times: it always sends an Origin with what could change something, a
 * rebound name shows in Host, and it does not know the token. Nobody reaches a route, nor counts as use, before all of these hold.
 */
export function admit(request: IncomingMessage, { token, port, via }: Admission): void {
  const { host, origin, authorization } = request.headers;
  const hosts = via === 'unix' ? ['seatrial', 'localhost'] : [`127.0.0.1:${port}`, `localhost:${port}`];
  if (!host || !hosts.includes(host.toLowerCase()))
    throw refuse(403, `the Host header is ${JSON.stringify(host ?? '')}, expected ${hosts.join(' or ')}`);
  if (origin !== undefined) throw refuse(403, `requests of web pages are refused (Origin: ${origin})`);
  if (!authorization)
    throw refuse(401, 'no Authorization header', { hint: 'send `Authorization: Bearer $SEATRIAL_CONTROL_TOKEN`' });
  if (!isSameText(authorization, `Bearer ${token}`))
    throw refuse(401, 'the token is not the one of this session', {
      hint: 'the session may have been started anew: evaluate `seatrial env` again',
    });
  const version = request.headers[API_VERSION_HEADER];
  if (version !== undefined && version !== API_VERSION)
    throw refuse(400, `the client speaks version ${version} of the control API, this session speaks ${API_VERSION}`, {
      hint: 'use the same version of seatrial and of its plug-in',
    });
}

/** In a time that says nothing about where they differ; how long a token is, is no secret. */
function isSameText(a: string, b: string): boolean {
  const [given, own] = [Buffer.from(a), Buffer.from(b)];
  return given.length === own.length && timingSafeEqual(given, own);
}
