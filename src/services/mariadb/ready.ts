import type { Endpoint } from '../../core/connection.ts';
import type { ReadyCheck } from '../../core/service.ts';
import { settleAll } from '../../util/settle-all.ts';
import { connect, type Row, type Target } from './connect.ts';

/** The setting by which a server tells whose it is: any user can read it, only the command line can give it, and only replicas use it. */
export const INSTANCE_SETTING = 'report-host';

const TRY_TIMEOUT_MS = 5_000;

/** Logs in as the app's user to the app's database at every address and compares the server's nonce. Leaves no connection. */
export async function checkReady(endpoint: Endpoint, target: Target, check: ReadyCheck): Promise<void> {
  await settleAll(endpoint.addresses.map((host) => checkAddress({ ...target, host, port: endpoint.port }, check)));
}

async function checkAddress(target: Target, check: ReadyCheck): Promise<void> {
  const client = await connect(target, { timeoutMs: TRY_TIMEOUT_MS, signal: check.signal });
  try {
    const [rows] = await client.query('select @@report_host as nonce');
    const nonce = (rows as Row[])[0]?.nonce;
    if (check.nonce !== undefined && nonce !== check.nonce)
      throw new Error(
        `another MySQL or MariaDB server answers at ${target.host}:${target.port} (${nonce ? 'of another session' : 'not started by Seatrial'})`,
      );
  } finally {
    await client.end().catch(() => {});
  }
}
