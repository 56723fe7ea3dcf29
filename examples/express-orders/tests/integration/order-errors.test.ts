import { describe, expect, test } from 'vitest';
import { type Backend, useBackend } from '../helpers/backend.ts';
import { createOrder, createProduct, createUser, GRACE } from '../helpers/factories.ts';
import { INTEGRATION } from '../helpers/integration.ts';

describe.runIf(INTEGRATION)('D3: an order that fails half-way', () => {
  const backend = useBackend();

  test('an error in the last item leaves the orders and the stock as they were', async () => {
    const user = await createUser(backend);
    await createOrder(backend, user.id);
    const plenty = await createProduct(backend, { sku: 'PLENTY', stock: 10 });
    const scarce = await createProduct(backend, { sku: 'SCARCE', stock: 1 });

    const items = [
      { productId: plenty, quantity: 3 },
      { productId: scarce, quantity: 2 },
    ];
    await backend.api.post('/orders').send({ userId: user.id, items }).expect(409);

    expect(await countOrders(backend)).toBe(1);
    expect(await stockOf(backend, plenty)).toBe(10);
    expect(await stockOf(backend, scarce)).toBe(1);
  });

  test('after a failed order the same connections serve the next one', async () => {
    const user = await createUser(backend);
    const productId = await createProduct(backend, { stock: 20 });
    const order = (quantity: number) => backend.api.post('/orders').send({ userId: user.id, items: [{ productId, quantity }] });
    const refused = await Promise.all(Array.from({ length: 12 }, () => order(21)));
    expect(refused.map(({ status }) => status)).toEqual(Array(12).fill(409));
    await order(20).expect(201);
    expect(await stockOf(backend, productId)).toBe(0);
  });
});

describe.runIf(INTEGRATION)('D5: rules of the database reach the caller', () => {
  const backend = useBackend();

  test('a unique constraint is 409 and names the field', async () => {
    await createUser(backend);
    const response = await backend.api
      .post('/users')
      .send({ ...GRACE, name: 'Ada' })
      .expect(409);
    expect(response.body.error).toEqual({ code: 'duplicate', fields: { email: 'is taken' } });
  });

  test.each(['userId', 'productId'])('a foreign key is 422 and names the field: %s', async (field) => {
    const user = await createUser(backend);
    const reference = { userId: user.id, productId: await createProduct(backend), [field]: 2_000_000_000 };
    const order = { userId: reference.userId, items: [{ productId: reference.productId, quantity: 1 }] };
    const response = await backend.api.post('/orders').send(order).expect(422);
    expect(response.body.error).toEqual({ code: 'unknown_reference', fields: { [field]: 'does not exist' } });
    expect(await countOrders(backend)).toBe(0);
  });

  test.each([0, -1, 101])('a check constraint is 422 and names the field: quantity %i', async (quantity) => {
    const user = await createUser(backend);
    const items = [{ productId: await createProduct(backend, { stock: 1000 }), quantity }];
    const response = await backend.api.post('/orders').send({ userId: user.id, items }).expect(422);
    expect(response.body.error).toEqual({ code: 'out_of_range', fields: { quantity: 'must be from 1 to 100' } });
  });

  test('a status that the database does not know is 422', async () => {
    const order = await createOrder(backend, (await createUser(backend)).id);
    const response = await backend.api.patch(`/orders/${order.id}`).send({ status: 'sunk', version: order.version }).expect(422);
    expect(Object.keys(response.body.error.fields)).toEqual(['status']);
  });

  test('more than there is in stock is 409', async () => {
    const user = await createUser(backend);
    const items = [{ productId: await createProduct(backend, { stock: 1 }), quantity: 2 }];
    const response = await backend.api.post('/orders').send({ userId: user.id, items }).expect(409);
    expect(response.body.error.code).toBe('out_of_stock');
  });
});

async function countOrders({ db }: Backend): Promise<number> {
  const { rows } = await db.query('SELECT count(*)::int AS orders FROM orders');
  return rows[0].orders;
}

async function stockOf({ db }: Backend, productId: number): Promise<number> {
  const { rows } = await db.query('SELECT stock FROM products WHERE id = $1', [productId]);
  return rows[0].stock;
}
