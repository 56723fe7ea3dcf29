import type { ServiceDefinition } from '../../core/service.ts';
import { configureOidc } from './configure.ts';
import { OIDC_PORT, oidcOptions } from './options.ts';

export const oidc: ServiceDefinition = {
  kind: 'oidc',
  title: 'OpenID Connect',
  versions: ['1', '2', '3', '0'], // majors of the images that mean it: any will do
  defaultPort: OIDC_PORT,
  options: oidcOptions,
  fromCompose: ({ environment, command, mounts }) => ({
    options: {},
    init: [],
    notes: [
      ...['JSON_CONFIG', 'JSON_CONFIG_PATH'].filter((name) => environment[name]).map((name) => `${name} is not honoured`),
      ...(command.length > 0 ? [`the command ${JSON.stringify(command.join(' '))} is not honoured`] : []),
      ...mounts.map(({ target }) => `the mount at ${target} is not used: put users and clients into the configuration`),
    ],
  }),
  configure: configureOidc,
};
