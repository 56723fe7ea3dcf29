import pg from 'pg';

/** One try to connect as the environment of a run says, or at another host. Slow is not failed: a machine under load may take half a minute. */
export async function connectPostgres(
  env: Readonly<Record<string, string | undefined>>,
  host = env.PGHOST ?? '',
): Promise<pg.Client> {
  const client = new pg.Client({
    host,
    port: Number(env.PGPORT),
    user: env.PGUSER,
    password: env.PGPASSWORD,
    database: env.PGDATABASE,
    connectionTimeoutMillis: 30_000,
  });
  client.on('error', () => {});
  await client.connect();
  return client;
}
