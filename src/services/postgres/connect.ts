import path from 'node:path';
import type { Client } from 'pg';

export interface Target {
  readonly host: string;
  readonly port: number;
  /** Taken instead of host and port: a statement and its answer take less time through it. Named as PostgreSQL does, `.s.PGSQL.<port>`. */
  readonly unixSocket?: string | undefined;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Value of `sslmode` in an external URL. */
  readonly sslMode?: string | undefined;
}

/**
 * A connection of our own. Nothing is taken from PG* variables of this process, which may name somebody's other database. The client
 * library is loaded here, when first needed. `signal` closes it at whatever point it is.
 */
export async function connect(
  target: Target,
  options: { timeoutMs?: number; signal?: AbortSignal; application?: string } = {},
): Promise<Client> {
  const { default: pg } = await import('pg');
  options.signal?.throwIfAborted();
  const client = new pg.Client({
    host: target.unixSocket ? path.dirname(target.unixSocket) : target.host,
    port: target.port,
    user: target.user,
    password: target.password,
    database: target.database,
    ssl: tls(target.sslMode),
    connectionTimeoutMillis: options.timeoutMs ?? 10_000,
    application_name: options.application ?? 'seatrial',
    options: '-c client_min_messages=notice',
    keepAlive: true,
  });
  client.on('error', () => {}); // a connection that breaks while idle shows at its next query
  const socket = (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream;
  const abort = () => socket.destroy();
  options.signal?.addEventListener('abort', abort, { once: true });
  client.once('end', () => options.signal?.removeEventListener('abort', abort));
  try {
    await client.connect();
    options.signal?.throwIfAborted();
    return client;
  } catch (error) {
    socket.destroy();
    options.signal?.removeEventListener('abort', abort);
    options.signal?.throwIfAborted();
    throw error;
  }
}

function tls(mode: string | undefined): boolean | { rejectUnauthorized: boolean } {
  if (mode === 'require' || mode === 'prefer' || mode === 'no-verify') return { rejectUnauthorized: false };
  return mode === 'verify-ca' || mode === 'verify-full';
}
