import type { LaunchSpec } from '../../core/launch-spec.ts';
import type { ConfiguredService, DatabaseLease, LeaseBook, ServiceRequest } from '../../core/service.ts';
import { SeatrialError } from '../../errors.ts';
import { cacheDir } from '../../util/platform/folders.ts';
import { openControl } from '../../util/program-control.ts';
import { clientOf, toEnvironment, toFields } from './fields.ts';
import { openKeeper } from './keeper.ts';
import { type OidcSettings, readOptions } from './options.ts';
import { checkReady } from './ready.ts';

/** An issuer with the project's users and clients: a program of ours, or a provider that runs already. */
export function configureOidc(request: ServiceRequest): ConfiguredService {
  const settings = readOptions(request);
  const { url } = request;
  return url === undefined ? ours(settings) : external(request.name, url, settings);
}

function ours(settings: OidcSettings): ConfiguredService {
  const lease: DatabaseLease = {
    kind: 'database',
    open: async (endpoint): Promise<LeaseBook> => {
      const { control: socketPath = '' } = endpoint;
      const control = openControl(socketPath);
      return {
        create: async (id) => toFields(settings, endpoint, `/${id}`), // it is there when somebody comes for it
        drop: async (id) => void (await control.ask('close', { issuer: id })),
        openKeeper: async (id) => openKeeper(socketPath, id),
        [Symbol.asyncDispose]: async () => control[Symbol.dispose](),
      };
    },
    dropAll: async () => {},
  };
  return {
    ...common,
    launch: [program(settings)],
    product: () => 'OpenID Connect issuer',
    deviations: () => ['everybody who asks is logged in, as whom the app says (login_hint)'],
    fields: (endpoint) => toFields(settings, endpoint, ''),
    ready: (endpoint, check) => checkReady(new URL('http://localhost'), endpoint, check),
    lease,
  };
}

/** Its users are its own: all workers share it, and nothing of it is taken back. */
function external(name: string, text: string, settings: OidcSettings): ConfiguredService {
  const issuer = URL.canParse(text) ? new URL(text) : undefined;
  if (!issuer || !/^https?:$/.test(issuer.protocol))
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${name}: cannot read the address ${JSON.stringify(text)}`, {
      hint: 'write the issuer as http://localhost:8080/realms/shop',
    });
  const url = text.replace(/\/$/, '');
  const client = settings.clients === null ? {} : { clientId: clientOf(settings).id, clientSecret: clientOf(settings).secret };
  const audience = settings.audience === null ? {} : { audience: settings.audience };
  const port = Number(issuer.port || (issuer.protocol === 'https:' ? 443 : 80));
  const fields = { url, issuer: url, host: issuer.hostname.replace(/^\[|\]$/g, ''), port: String(port), ...client, ...audience };
  return {
    ...common,
    launch: [{ kind: 'address', url, defaultPort: port }],
    deviations: () => [],
    fields: () => fields,
    ready: (endpoint, check) => checkReady(issuer, endpoint, check),
    lease: {
      kind: 'database',
      open: async () => ({ create: async () => fields, drop: async () => {}, [Symbol.asyncDispose]: async () => {} }),
      dropAll: async () => {},
    },
  };
}

const common = { kind: 'oidc', title: 'OpenID Connect', env: toEnvironment, ephemeral: true };

function program(settings: OidcSettings): LaunchSpec {
  return {
    kind: 'program',
    module: 'services/oidc/server/main',
    version: '1.0',
    settings: ({ port, addresses, nonce, control, dataDir }) => ({
      ...settings,
      port,
      addresses,
      nonce,
      control,
      dataDir,
      cacheDir: cacheDir(),
    }),
  };
}
