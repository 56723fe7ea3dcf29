import type { Endpoint } from '../../core/connection.ts';
import type { ConfiguredService, ServiceRequest } from '../../core/service.ts';
import { SeatrialError } from '../../errors.ts';
import { openAccounts, openInspector, readRevision } from './account-client.ts';
import { MAIN_ACCOUNT, toEnvironment, toFields } from './fields.ts';
import { readOptions } from './options.ts';
import { checkReady } from './ready.ts';

/** The emulator with the project's settings: a program of ours on the stores of fauxqs. A lease is an account on a port of its own. */
export function configureAws(request: ServiceRequest): ConfiguredService {
  if (request.url !== undefined)
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${request.name}: an AWS that runs already can't be leased from`, {
      hint: 'leave `url` out, and Seatrial starts its emulator; or set AWS_ENDPOINT_URL under `env` and declare no service',
    });
  const settings = readOptions(request);
  const target = ({ host, port, control = '' }: Endpoint) => ({ ...settings, host, port, control, account: MAIN_ACCOUNT });
  return {
    kind: 'aws',
    title: 'AWS',
    launch: [
      {
        kind: 'program',
        module: 'services/aws/server/main',
        version: '2.4.1',
        settings: ({ port, nonce, control, dataDir }) => ({ ...settings, port, nonce, control, dataDir }),
      },
    ],
    product: (version) => `AWS emulator (fauxqs ${version})`,
    deviations: () => [
      'an emulator, not AWS: signatures, policies and permissions are not checked, calls that it does not know fail with 501',
    ],
    fields: (endpoint) => toFields(target(endpoint)),
    env: toEnvironment,
    ready: checkReady,
    ephemeral: true,
    lease: { kind: 'database', open: (endpoint) => openAccounts(target(endpoint)), dropAll: async () => {} },
    inspect: { early: false, open: async ({ control = '', account = '' }) => openInspector(control, account) },
    activity: ({ control = '' }) => readRevision(control),
  };
}
