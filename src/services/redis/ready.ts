import type { Endpoint } from '../../core/connection.ts';
import type { ReadyCheck } from '../../core/service.ts';
import { settleAll } from '../../util/settle-all.ts';
import { openRespClient, type RespTarget } from './resp.ts';

const TRY_TIMEOUT_MS = 3_000;

/**
 * Asks the server at every address for a PONG and for its process id and port: Redis cannot echo a token of ours, but it can tell who it is.
 * Leaves no connection.
 */
export async function checkReady(endpoint: Endpoint, target: RespTarget, check: ReadyCheck): Promise<void> {
  await settleAll(endpoint.addresses.map((host) => checkAddress({ ...target, host }, check)));
}

async function checkAddress(target: RespTarget, check: ReadyCheck): Promise<void> {
  using client = await openRespClient(target, { timeoutMs: TRY_TIMEOUT_MS, signal: check.signal });
  const pong = await client.send('PING');
  if (pong !== 'PONG') throw new Error(`${target.host}:${target.port} answered ${JSON.stringify(pong)} to PING`);
  if (check.pid === undefined) return;
  const info = String(await client.send('INFO', 'server'));
  const pid = Number(/^process_id:(\d+)/m.exec(info)?.[1]);
  const port = Number(/^tcp_port:(\d+)/m.exec(info)?.[1]);
  if (pid !== check.pid || port !== target.port)
    throw new Error(
      `another Redis server (process ${pid}, port ${port}) answers at ${target.host}:${target.port}; ours is process ${check.pid}`,
    );
}
