import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { updateStatus } from '../../src/orders/order-repository.ts';
import { inTransaction } from '../../src/transaction.ts';
import { type Backend, useBackend } from '../helpers/backend.ts';
import { createOrder, createUser } from '../helpers/factories.ts';
import { INTEGRATION } from '../helpers/integration.ts';

describe.runIf(INTEGRATION)('D4: two sessions change one order', () => {
  const backend = useBackend();

  test('the second waits for the first to commit, and then finds its version stale', async () => {
    const order = await createOrder(backend, (await createUser(backend)).id);
    const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>();
    const { promise: updated, resolve: firstHasUpdated } = Promise.withResolvers<void>();

    const first = inTransaction(backend.db, async (session) => {
      const result = await updateStatus(session, order.id, { status: 'paid', version: order.version });
      firstHasUpdated();
      await mayCommit;
      return result;
    });
    await updated;
    const second = inTransaction(backend.db, async (session) => {
      const blocked = isBlocked(backend, await processId(session));
      const result = updateStatus(session, order.id, { status: 'cancelled', version: order.version });
      await Promise.race([blocked, result]);
      commit();
      return result;
    });

    expect(await Promise.all([first, second])).toEqual([true, false]);
    const { body } = await backend.api.get(`/orders/${order.id}`).expect(200);
    expect(body).toMatchObject({ status: 'paid', version: order.version + 1 });
  });

  test('over REST the one who changes an old version gets 409', async () => {
    const order = await createOrder(backend, (await createUser(backend)).id);
    const path = `/orders/${order.id}`;
    const changed = await backend.api.patch(path).send({ status: 'paid', version: 1 }).expect(200);
    expect(changed.body.version).toBe(2);
    const stale = await backend.api.patch(path).send({ status: 'cancelled', version: 1 }).expect(409);
    expect(stale.body.error.code).toBe('stale_version');
    await backend.api.patch(path).send({ status: 'shipped', version: 2 }).expect(200);
  });

  test('of ten changes of one version at the same time exactly one wins', async () => {
    const order = await createOrder(backend, (await createUser(backend)).id);
    const change = () => backend.api.patch(`/orders/${order.id}`).send({ status: 'paid', version: 1 });
    const statuses = (await Promise.all(Array.from({ length: 10 }, change))).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, ...Array(9).fill(409)]);
  });
});

async function processId(session: pg.PoolClient): Promise<number> {
  const { rows } = await session.query('SELECT pg_backend_pid() AS pid');
  return rows[0].pid;
}

/** Resolves once the session waits for a lock that another one holds. */
async function isBlocked({ db }: Backend, pid: number): Promise<void> {
  for (;;) {
    const { rows } = await db.query('SELECT cardinality(pg_blocking_pids($1)) > 0 AS blocked', [pid]);
    if (rows[0].blocked) return;
  }
}
