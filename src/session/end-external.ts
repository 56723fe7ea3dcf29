import type { Registry } from '../core/registry.ts';
import { endpointOf } from './external.ts';
import type { ExternalLeases } from './ledger.ts';

/** Drops the leases that a dead session has left in a server that is not ours. Rejects when the server can't be reached: the next sweep tries again. */
export async function endExternalLeases(
  { service, url, token, leased }: ExternalLeases,
  registry: Registry,
  justNow: boolean,
): Promise<void> {
  const definition = await registry.services[service]?.load();
  const configured = definition?.configure({
    name: service,
    project: 'seatrial',
    version: undefined,
    options: {},
    init: [],
    url,
    allowReset: false,
  });
  if (configured?.lease.kind !== 'database') return;
  await configured.lease.dropAll(endpointOf({ kind: 'address', url, defaultPort: definition?.defaultPort ?? 0 }), {
    token,
    urls: leased,
    justNow,
  });
}
