import { describe, expect, test } from 'vitest';
import { useBackend } from '../helpers/backend.ts';
import { createOrder, createProduct, createUser } from '../helpers/factories.ts';
import { INTEGRATION } from '../helpers/integration.ts';

describe.runIf(INTEGRATION)('D2: relations of an order', () => {
  const backend = useBackend();

  test('an order comes with its items, their products and the total', async () => {
    const user = await createUser(backend);
    const cheap = await createProduct(backend, { sku: 'CHEAP', priceCents: 250 });
    const dear = await createProduct(backend, { sku: 'DEAR', priceCents: 1000 });
    const items = [
      { productId: cheap, quantity: 4 },
      { productId: dear, quantity: 1 },
    ];
    const created = await backend.api.post('/orders').send({ userId: user.id, items }).expect(201);
    const expected = {
      id: expect.any(Number),
      userId: user.id,
      status: 'open',
      version: 1,
      totalCents: 2000,
      items: [
        { productId: cheap, product: 'Compass', quantity: 4, priceCents: 250 },
        { productId: dear, product: 'Compass', quantity: 1, priceCents: 1000 },
      ],
    };
    expect(created.body).toEqual(expected);
    expect((await backend.api.get(created.headers.location ?? '').expect(200)).body).toEqual(expected);
    expect((await backend.api.get(`/users/${user.id}/orders`).expect(200)).body).toEqual([expected]);
  });

  test('an order keeps the prices that it was made at', async () => {
    const order = await createOrder(backend, (await createUser(backend)).id);
    await backend.db.query('UPDATE products SET price_cents = 1 WHERE id = $1', [order.items[0]?.productId]);
    expect((await backend.api.get(`/orders/${order.id}`).expect(200)).body.totalCents).toBe(order.totalCents);
  });

  test('deleting a user deletes the orders and their items, and nobody else’s', async () => {
    const [leaving, staying] = [await createUser(backend), await createUser(backend, { email: 'ada@example.test' })];
    const gone = [await createOrder(backend, leaving.id), await createOrder(backend, leaving.id)];
    const kept = await createOrder(backend, staying.id);

    await backend.api.delete(`/users/${leaving.id}`).expect(204);

    for (const order of gone) await backend.api.get(`/orders/${order.id}`).expect(404);
    await backend.api.get(`/orders/${kept.id}`).expect(200);
    const { rows } = await backend.db.query('SELECT order_id::int AS order FROM order_items');
    expect(rows).toEqual([{ order: kept.id }]);
  });
});
