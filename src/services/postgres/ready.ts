import type { Endpoint } from '../../core/connection.ts';
import type { ReadyCheck } from '../../core/service.ts';
import { settleAll } from '../../util/settle-all.ts';
import { connect, type Target } from './connect.ts';

/** The setting by which a server tells whose it is: any user can read it, only the command line can give it. */
export const INSTANCE_SETTING = 'seatrial.instance';

const TRY_TIMEOUT_MS = 5_000;

/** Logs in as the app's user to the app's database at every address and compares the server's nonce. Leaves no connection. */
export async function checkReady(endpoint: Endpoint, target: Target, check: ReadyCheck): Promise<void> {
  await settleAll(endpoint.addresses.map((host) => checkAddress({ ...target, host, port: endpoint.port }, check)));
}

async function checkAddress(target: Target, check: ReadyCheck): Promise<void> {
  const client = await connect(target, { timeoutMs: TRY_TIMEOUT_MS, signal: check.signal });
  try {
    const { rows } = await client.query<{ nonce: string | null }>(`select current_setting('${INSTANCE_SETTING}', true) as nonce`);
    const nonce = rows[0]?.nonce ?? undefined;
    if (check.nonce !== undefined && nonce !== check.nonce)
      throw new Error(
        `another PostgreSQL server answers at ${target.host}:${target.port} (${nonce ? 'of another session' : 'not started by Seatrial'})`,
      );
  } finally {
    await client.end().catch(() => {});
  }
}
