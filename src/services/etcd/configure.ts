import type { ConnectionFields, Endpoint } from '../../core/connection.ts';
import type { ConfiguredService, ReadyCheck, ServiceRequest } from '../../core/service.ts';
import { undividedLease } from '../../core/undivided-lease.ts';
import { SeatrialError } from '../../errors.ts';
import { settleAll } from '../../util/settle-all.ts';
import { createEtcdClient, type EtcdTarget } from './client.ts';
import { etcdBinary, etcdImage } from './launch.ts';
import { readSettings } from './options.ts';
import { openSeed } from './reset.ts';

const TRY_TIMEOUT_MS = 3_000;

/** etcd with the project's settings. A lease is a server of its own: clients know no prefix that they would have to keep to. */
export function configureEtcd(request: ServiceRequest): ConfiguredService {
  const settings = readSettings(request);
  if (request.url !== undefined) checkUrl(request.name, request.url);
  return {
    kind: 'etcd',
    title: 'etcd',
    launch:
      request.url === undefined
        ? [etcdBinary(request.version, settings), etcdImage(request.version, settings)]
        : [{ kind: 'address', url: request.url, defaultPort: 2379 }],
    deviations: (_version, driver) =>
      driver === 'external' ? [] : ['one member without peers, which writes nothing through to disk'],
    fields: toFields,
    env: toEnvironment,
    ready: async (endpoint, check) => {
      await settleAll(endpoint.addresses.map((host) => checkAddress({ host, port: endpoint.port }, check)));
    },
    lease:
      request.url === undefined ? { kind: 'instance', openSeed: (seeded) => openSeed(seeded) } : undividedLease('etcd', toFields),
    ephemeral: true, // leases expire
    async activity({ host, port }) {
      using client = createEtcdClient({ host, port }, { timeoutMs: TRY_TIMEOUT_MS });
      const { header } = await client.range({ limit: 1 });
      return header.revision;
    },
  };
}

function toFields({ host, port }: Pick<Endpoint, 'host' | 'port'>): ConnectionFields {
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return { url: `http://${address}`, host, port: String(port), endpoint: address };
}

/** The names that clients and the command line tool read. */
function toEnvironment({ url, host, port, endpoint = '' }: ConnectionFields): Readonly<Record<string, string>> {
  return {
    ETCD_URL: url,
    TEST_ETCD_URL: url,
    ETCD_ENDPOINTS: url,
    ETCDCTL_ENDPOINTS: endpoint,
    ETCDCTL_API: '3',
    ETCD_HOST: host,
    ETCD_PORT: port,
  };
}

/** Its only member has the nonce as its name. Reading keys takes a leader: with its answer the server can be written to. */
async function checkAddress(target: EtcdTarget, { nonce, signal }: ReadyCheck): Promise<void> {
  using client = createEtcdClient(target, { timeoutMs: TRY_TIMEOUT_MS, signal });
  signal.throwIfAborted();
  const { members } = await client.members();
  const [name] = members.map((member) => member.name);
  if (nonce !== undefined && name !== nonce)
    throw new Error(`another etcd server (${name}) answers at ${target.host}:${target.port}`);
  await client.range({ limit: 1 });
}

function checkUrl(name: string, text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' || !url.hostname || url.username || url.password)
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${name}: cannot read the address ${JSON.stringify(text)}`, {
      hint: 'write it as http://host:2379, one member (logins and TLS are not supported)',
    });
}
