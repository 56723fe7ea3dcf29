import type { Endpoint } from '../../core/connection.ts';
import type { ReadyCheck } from '../../core/service.ts';
import { settleAll } from '../../util/settle-all.ts';
import type { AmqpTarget } from './fields.ts';

/** The server property by which a broker tells whose it is: each connection is greeted with it. */
const INSTANCE_PROPERTY = 'seatrial';

/** What `rabbit server_properties` must be, in Erlang; without spaces. */
export function instanceProperty(nonce: string): string {
  return `[{<<"${INSTANCE_PROPERTY}">>,longstr,<<"${nonce}">>}]`;
}

const TRY_TIMEOUT_MS = 5_000;

/** Logs in at every address, opens the app's virtual host, and compares the broker's nonce. Leaves no connection. */
export async function checkReady(endpoint: Endpoint, target: AmqpTarget, check: ReadyCheck): Promise<void> {
  check.signal.throwIfAborted();
  await settleAll(endpoint.addresses.map((host) => checkAddress({ ...target, host, port: endpoint.port }, check)));
}

async function checkAddress({ host, port, user, password, vhost }: AmqpTarget, check: ReadyCheck): Promise<void> {
  const { connect } = await import('amqplib');
  const opening = connect(
    { protocol: 'amqp', hostname: host, port, username: user, password, vhost: encodeURIComponent(vhost), heartbeat: 0 },
    { timeout: TRY_TIMEOUT_MS, noDelay: true },
  );
  const close = () => opening.then((connection) => connection.close()).catch(() => {});
  const aborted = new Promise<never>((_, reject) => {
    check.signal.addEventListener('abort', () => reject(check.signal.reason), { once: true });
  });
  try {
    const { connection } = await Promise.race([opening, aborted]);
    const nonce = (connection.serverProperties as Record<string, unknown>)[INSTANCE_PROPERTY];
    if (check.nonce !== undefined && nonce !== check.nonce)
      throw new Error(
        `another RabbitMQ server answers at ${host}:${port} (${nonce ? 'of another session' : 'not started by Seatrial'})`,
      );
  } finally {
    if (check.signal.aborted) void close();
    else await close();
  }
}
