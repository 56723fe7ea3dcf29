import type { Endpoint } from '../core/connection.ts';
import type { Running } from '../core/driver.ts';
import type { AddressSpec } from '../core/launch-spec.ts';
import type { ConfiguredService } from '../core/service.ts';
import { redact, SeatrialError } from '../errors.ts';

/** A server that runs already: ready when it has answered; ending it is not our business. */
export async function useAddress(
  name: string,
  service: ConfiguredService,
  spec: AddressSpec,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<Running> {
  const endpoint = endpointOf(spec);
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      await service.ready(endpoint, {
        nonce: undefined,
        pid: undefined,
        signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]),
      });
      break;
    } catch (cause) {
      signal.throwIfAborted();
      if (performance.now() > deadline)
        throw new SeatrialError(
          'SEATRIAL_SERVICE_NOT_READY',
          `${name}: the external server at ${redact(spec.url)} does not answer: ${(cause as Error).message}`,
          {
            cause,
            hint: 'start it, or take `url`/`--external` away so that Seatrial starts one of its own',
          },
        );
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return {
    endpoint,
    version: 'external',
    pid: undefined,
    logFile: undefined,
    data: 'an external server',
    died: new Promise(() => {}),
    [Symbol.asyncDispose]: async () => {},
  };
}

export function endpointOf({ url, defaultPort }: AddressSpec): Endpoint {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '') || 'localhost';
  return { host, port: Number(port || defaultPort), addresses: [host] };
}
