import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Target } from '../../src/services/postgres/connect.ts';
import { openControl } from '../../src/services/postgres/control-connection.ts';
import { copyDatabase } from '../../src/services/postgres/database-copy.ts';
import { quoteName } from '../../src/services/postgres/identifier.ts';
import { createLeaseServer } from '../../src/services/postgres/isolation/lease-server.ts';
import { timed } from '../lib/program.ts';
import type { BenchCase } from '../lib/run-interleaved.ts';
import { makeShop, type Shop } from './databases.ts';

export const HAND_OUT = 'hand-out of a ready clone';

/** Isolation `database` after a test: a clone that is ready takes the place of the database which an app is connected to. */
export function handOutCase(server: Target, shop: Shop): BenchCase {
  const lease = { name: 'hand_out', id: 'h' };
  const token = '0123456789abcdef';
  const clones = createLeaseServer({
    target: { ...server, database: lease.name },
    token,
    copy: (control, name, source) =>
      copyDatabase(control, {
        name,
        source,
        traits: { owner: server.user, settings: [], grants: undefined },
        marker: { what: 'lease pool', token, since: Date.now() },
      }),
  });
  let control: Awaited<ReturnType<typeof openControl>>;
  /** Two clones and the lease's database, and none that waits to be dropped: the pool is at rest. */
  const waitUntilFull = async () => {
    for (;;) {
      const [row] = await control.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM pg_database WHERE datname LIKE '${lease.name}%'`,
      );
      const [busy] = await control.query<{ n: number }>(
        "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name LIKE 'seatrial clones%' AND state = 'active'",
      );
      if (row?.n === 3 && busy?.n === 0) return;
      await sleep(5);
    }
  };
  return {
    name: HAND_OUT,
    async prepare() {
      const { app } = await makeShop(server, 'seed_of_clones', shop);
      await app.end();
      control = await openControl(server, 'bench');
      await control.query(`CREATE DATABASE ${quoteName(lease.name)} TEMPLATE seed_of_clones`);
      clones.clonesOf('seed_of_clones');
    },
    async sample() {
      await waitUntilFull();
      const app = new pg.Client({ ...server, database: lease.name });
      app.on('error', () => {});
      await app.connect();
      await app.query('DELETE FROM items');
      const ms = await timed(async () => void (await clones.exchange(lease, 'seed_of_clones')));
      await app.end().catch(() => {});
      return ms;
    },
    async end() {
      await clones[Symbol.asyncDispose]();
      await control?.[Symbol.asyncDispose]();
    },
  };
}
