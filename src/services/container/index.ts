import type { ServiceDefinition } from '../../core/service.ts';
import { configureContainer } from './configure.ts';
import { containerOptions } from './options.ts';

/** Any image: what it speaks is not known, so nothing of it is leased but a container of one's own. */
export const container: ServiceDefinition = {
  kind: 'container',
  title: 'Container',
  versions: [],
  defaultPort: 0,
  options: containerOptions,
  fromCompose: () => ({ options: {}, init: [], notes: [] }),
  configure: configureContainer,
};
