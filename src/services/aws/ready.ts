import type { Endpoint } from '../../core/connection.ts';
import type { ReadyCheck } from '../../core/service.ts';
import { settleAll } from '../../util/settle-all.ts';

const TRY_TIMEOUT_MS = 3_000;

/** Asks at every address which start it is that answers. */
export async function checkReady({ port, addresses }: Endpoint, check: ReadyCheck): Promise<void> {
  await settleAll(addresses.map((host) => checkAddress(host, port, check)));
}

async function checkAddress(host: string, port: number, { nonce, signal }: ReadyCheck): Promise<void> {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TRY_TIMEOUT_MS)]);
  const response = await fetch(`http://${authority}/_seatrial/health`, { signal: limit, headers: { connection: 'close' } });
  const health = response.ok ? ((await response.json()) as { nonce?: string; pid?: number }) : undefined;
  if (nonce === undefined || health?.nonce === nonce) return;
  const who = health?.pid === undefined ? `it answers with ${response.status}` : `process ${health.pid}`;
  throw new Error(`another AWS server answers at ${authority}: ${who}`);
}
