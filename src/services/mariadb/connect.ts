import type { Connection } from 'mysql2/promise';

export interface Target {
  readonly host: string;
  readonly port: number;
  /** Taken instead of host and port by connections that are asked often: a statement and its answer take less time through it. */
  readonly unixSocket?: string | undefined;
  readonly user: string;
  readonly password: string;
  /** Undefined = log in without one. */
  readonly database: string | undefined;
  /** An external server is reached by TLS, its certificate unchecked or checked. */
  readonly tls?: 'unchecked' | 'checked' | undefined;
}

/** One row by column name. Numbers that JavaScript cannot hold, dates and decimals are text. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * A connection of our own, in the server's own time zone and `sql_mode`. The client library is loaded here, when first needed. `signal` closes
 * it at whatever point it is.
 */
export async function connect(
  target: Target,
  options: { timeoutMs?: number; signal?: AbortSignal; program?: string } = {},
): Promise<Connection> {
  const { default: mysql } = await import('mysql2');
  options.signal?.throwIfAborted();
  const client = mysql.createConnection({
    host: target.host,
    port: target.port,
    user: target.user,
    password: target.password,
    ...(target.database === undefined ? {} : { database: target.database }),
    ...(target.tls ? { ssl: { rejectUnauthorized: target.tls === 'checked' } } : {}),
    connectTimeout: options.timeoutMs ?? 10_000,
    connectAttributes: { program_name: options.program ?? 'seatrial' },
    charset: 'utf8mb4',
    supportBigNumbers: true,
    dateStrings: true,
  });
  // Its own `destroy` only says good-bye, and leaves a statement that is being waited for pending.
  const { stream } = client as unknown as { readonly stream: { destroy(error?: Error): void } };
  const abort = () => stream.destroy(new Error('stopped'));
  options.signal?.addEventListener('abort', abort, { once: true });
  client.once('end', () => options.signal?.removeEventListener('abort', abort));
  try {
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve());
      client.on('error', reject); // later: a connection that breaks while idle shows at its next query
      client.once('end', () => reject(new Error(`${target.host}:${target.port} closed the connection`)));
      options.signal?.addEventListener('abort', () => reject(options.signal?.reason), { once: true });
    });
    options.signal?.throwIfAborted();
    return client.promise();
  } catch (error) {
    stream.destroy();
    options.signal?.removeEventListener('abort', abort);
    options.signal?.throwIfAborted();
    throw error;
  }
}

/** Asks one question on a connection of its own. */
export async function query(target: Target, sql: string): Promise<readonly Row[]> {
  const client = await connect(target);
  try {
    const [rows] = await client.query(sql);
    return rows as unknown as readonly Row[];
  } finally {
    await client.end();
  }
}
