import type { ServiceDefinition } from '../../core/service.ts';
import { fromCompose } from './compose.ts';
import { configureSmtp } from './configure.ts';
import { SMTP_PORT, smtpOptions } from './options.ts';

export const smtp: ServiceDefinition = {
  kind: 'smtp',
  title: 'SMTP',
  versions: ['1', '2', '0'], // majors of the images that mean it: any will do
  defaultPort: SMTP_PORT,
  options: smtpOptions,
  fromCompose,
  configure: configureSmtp,
};
