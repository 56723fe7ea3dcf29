import { mapOption } from '../../core/option-values.ts';
import type { OptionSpec, ServiceRequest } from '../../core/service.ts';
import { SeatrialError } from '../../errors.ts';

/** The options of `use: etcd` in the configuration. */
export const etcdOptions: Readonly<Record<string, OptionSpec>> = {
  settings: {
    type: 'map',
    description:
      'Flags of the command line without dashes: quota-backend-bytes, max-request-bytes, auto-compaction-retention, ...',
  },
};

/** Flags that the session decides: another value would break readiness or cleaning. */
const RESERVED_SETTINGS =
  /^(?:name|data-dir|wal-dir|config-file|force-new-cluster|max-txn-ops|heartbeat-interval|election-timeout|auth-token|proxy.*|discovery.*|initial-.*|listen-.*|advertise-.*|.*cert.*|.*-tls|.*key-file|.*ca-file|.*crl-file)$/;

/** Words of the command line. */
export function readSettings(request: ServiceRequest): readonly string[] {
  const settings = mapOption(request.options, 'settings', { true: 'true', false: 'false' });
  const refuse = (what: string, hint: string) =>
    new SeatrialError('SEATRIAL_OPTION_INVALID', `${request.name}: ${what}`, { hint });
  return Object.entries(settings).map(([name, value]) => {
    if (RESERVED_SETTINGS.test(name)) throw refuse(`the setting ${name} is chosen by Seatrial`, 'leave it out');
    if (!/^[a-z][a-z0-9-]+$/.test(name))
      throw refuse(`${JSON.stringify(name)} is no setting`, 'write it as in `etcd --help`, without dashes in front');
    return `--${name}=${value}`;
  });
}
