// The command of a run that is going to be killed: its own children, a connection to Redis, and a query that keeps one backend of PostgreSQL
// busy for days. It says `busy` when the query runs.
import { spawn } from 'node:child_process';
import net from 'node:net';
import pg from 'pg';

spawn('/bin/sh', ['-c', 'sleep 100000 & exec sleep 100000'], { stdio: 'ignore' });
net.connect({ host: process.env.REDIS_HOST, port: Number(process.env.REDIS_PORT) }).on('error', () => {});

const options = { connectionString: process.env.DATABASE_URL };
const [worker, observer] = [new pg.Client(options), new pg.Client(options)];
for (const client of [worker, observer]) client.on('error', () => {});
await Promise.all([worker.connect(), observer.connect()]);
const { rows } = await worker.query('select pg_backend_pid() as pid');
worker.query('select count(*) from generate_series(1, 1000000000000)').catch(() => {});
for (;;) {
  const { rows: states } = await observer.query(
    "select state from pg_stat_activity where pid = $1 and query like '%generate_series%'",
    [rows[0].pid],
  );
  if (states[0]?.state === 'active') break;
}
process.stdout.write('busy\n');
setInterval(() => {}, 60_000);
