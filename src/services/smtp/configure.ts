import type { Endpoint } from '../../core/connection.ts';
import type { LaunchSpec } from '../../core/launch-spec.ts';
import type { ConfiguredService, DatabaseLease, ServiceRequest } from '../../core/service.ts';
import { SeatrialError } from '../../errors.ts';
import { MAIN_MAILBOX, toEnvironment, toFields } from './fields.ts';
import { openInspector, openMailboxes } from './mailbox-client.ts';
import { readOptions, SMTP_PORT, type SmtpSettings } from './options.ts';
import { checkReady } from './ready.ts';

/** A mailbox with the project's settings: a program of ours on `smtp-server`, or a server that runs already, into which nobody looks. */
export function configureSmtp(request: ServiceRequest): ConfiguredService {
  const settings = readOptions(request);
  const external = request.url === undefined ? undefined : readExternal(request.name, request.url);
  const login = external ? external.login : settings.login;
  const fields = ({ host, port, control }: Endpoint) => toFields({ host, port, login, starttls, control, mailbox: MAIN_MAILBOX });
  const { url } = request;
  const { starttls } = settings;
  return {
    kind: 'smtp',
    title: 'SMTP',
    launch: url === undefined ? [program(settings)] : [{ kind: 'address', url, defaultPort: SMTP_PORT }],
    product: (version, driver) => (driver === 'external' ? 'SMTP' : `mailbox (smtp-server ${version})`),
    deviations: (_version, driver) => (driver === 'external' ? [] : ['mails are kept for the tests: none leaves this machine']),
    fields,
    env: toEnvironment,
    ready: checkReady,
    ephemeral: true,
    lease: {
      kind: 'database',
      open: async ({ host, port, control }) => {
        if (control !== undefined) return openMailboxes({ host, port, login, starttls, control });
        const shared = fields({ host, port, addresses: [host] });
        return { create: async () => shared, drop: async () => {}, [Symbol.asyncDispose]: async () => {} };
      },
      dropAll: async () => {},
    } satisfies DatabaseLease,
    ...(external ? {} : { inspect: { early: false, open: async (at) => openInspector(at.control ?? '', at.mailbox ?? '') } }),
  };
}

function program(settings: SmtpSettings): LaunchSpec {
  return {
    kind: 'program',
    module: 'services/smtp/server/main',
    version: '3.21.6',
    settings: ({ port, nonce, control, dataDir }) => ({ ...settings, port, nonce, control, dataDir }),
  };
}

function readExternal(name: string, text: string): Pick<SmtpSettings, 'login'> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'smtp:' || !url.hostname)
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${name}: cannot read the address ${JSON.stringify(text)}`, {
      hint: 'write it as smtp://user:password@host:1025 (TLS addresses, smtps:, are not supported)',
    });
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  return { login: user && password ? { user, password } : null };
}
