import type { Registry } from '../core/registry.ts';
import { endpointOf } from './external.ts';
import type { ExternalLeases, OwnedThing } from './ledger.ts';

interface EndContext {
  readonly registry: Registry;
  readonly justNow: boolean;
}

/** Drops the leases that a dead session has left in servers that are not ours. Answers those whose server can't be reached: the next sweep tries again. */
export async function endExternalLeases(owned: readonly OwnedThing[], context: EndContext): Promise<readonly ExternalLeases[]> {
  const leases = owned.filter((thing) => thing.kind === 'external-leases');
  const results = await Promise.allSettled(leases.map((thing) => dropLeases(thing, context)));
  return leases.filter((_, index) => results[index]?.status === 'rejected');
}

async function dropLeases({ service, url, token, leased }: ExternalLeases, { registry, justNow }: EndContext): Promise<void> {
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

/** Removes the containers of a dead session. Answers those whose engine can't be asked. */
export async function endContainers(
  session: string,
  owned: readonly OwnedThing[],
  { registry, justNow }: EndContext,
): Promise<readonly { readonly name: string }[]> {
  const containers = owned.filter((thing) => thing.kind === 'container');
  const engines = Map.groupBy(containers, ({ address }) => JSON.stringify(address));
  const driver =
    engines.size === 0 ? undefined : await registry.loadDriver('docker', { artifacts: {}, project: { name: '', root: '/' } });
  const failed = [...engines.values()].map(async (group) => {
    const [first] = group;
    if (!first) return [];
    try {
      await driver?.removeLeft?.({ address: first.address, session, names: group.map(({ name }) => name), justNow });
      return [];
    } catch {
      return group;
    }
  });
  return (await Promise.all(failed)).flat();
}
