import type { Endpoint } from '../../core/connection.ts';
import type { ReadyCheck } from '../../core/service.ts';
import { settleAll } from '../../util/settle-all.ts';
import { type NatsTarget, openNatsClient } from './client.ts';

const TRY_TIMEOUT_MS = 3_000;

/** Logs in at every address and waits for a PONG; the server's name, which it tells before that, is the nonce of its start. */
export async function checkReady(endpoint: Endpoint, target: NatsTarget, check: ReadyCheck): Promise<void> {
  await settleAll(endpoint.addresses.map((host) => checkAddress({ ...target, host }, check)));
}

async function checkAddress(target: NatsTarget, { nonce, signal }: ReadyCheck): Promise<void> {
  using _client = await openNatsClient(target, {
    timeoutMs: TRY_TIMEOUT_MS,
    signal,
    checkInfo({ server_name: name }) {
      if (nonce !== undefined && name !== nonce)
        throw new Error(`another NATS server (${name}) answers at ${target.host}:${target.port}`);
    },
  });
}
