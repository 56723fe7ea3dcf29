import { expect, test } from 'vitest';
import { query, type Target } from '../../../src/services/mariadb/connect.ts';
import { openRewindKeeper } from '../../../src/services/mariadb/rewind/open.ts';
import { startMariadb, whyNoMariadb } from '../../helpers/native-mariadb.ts';
import { rootOf } from './root.ts';

test('rewind reaches a server of ours through its Unix socket, and by TCP where it can not', async ({ skip }) => {
  const why = await whyNoMariadb();
  if (why) return skip(why);
  await using server = await startMariadb();
  const target = rootOf(server);
  const [row] = await query(target, 'SELECT @@socket AS socket');
  const unixSocket = String(row?.socket);
  expect(await hostsOfRewind({ ...target, unixSocket })).toEqual(['localhost', 'localhost']);
  expect(await hostsOfRewind({ ...target, unixSocket: `${unixSocket}.gone` })).toEqual(['127.0.0.1', '127.0.0.1']);
});

/** As the server sees them: `localhost` is its socket. */
async function hostsOfRewind(target: Target): Promise<readonly string[]> {
  await using _keeper = await openRewindKeeper(target, { databases: [] });
  const rows = await query(
    target,
    "SELECT SUBSTRING_INDEX(HOST, ':', 1) AS host FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND USER = 'root'",
  );
  return rows.map(({ host }) => String(host));
}
