import type { Order } from '../../express-orders/src/orders/order.ts';
import { api, GRACE, stores } from './backend.ts';

describe('A10: orders with Jest, ts-jest and supertest', () => {
  let user: number;
  let compass: number;

  // What a hook of the file has made is there in each of its tests, as it was made, and gone in the next file.
  beforeAll(async () => {
    user = (await api.post('/users').send(GRACE).expect(201)).body.id;
    const made = await stores.db.query(
      "INSERT INTO products (sku, name, price_cents, stock) VALUES ('compass', 'Compass', 500, 3) RETURNING id::int",
    );
    compass = made.rows[0].id;
  });

  const order = (quantity: number) => api.post('/orders').send({ userId: user, items: [{ productId: compass, quantity }] });

  test('an order takes from the stock', async () => {
    const created: Order = (await order(2).expect(201)).body;
    expect(created.totalCents).toBe(1000);
    expect(await stock()).toBe(1);
  });

  test('the stock is full again', async () => {
    expect(await stock()).toBe(3);
    await order(3).expect(201);
  });

  test('what is not in stock is refused, and nothing of the order stays', async () => {
    const response = await order(4).expect(409);
    expect(response.body.error.code).toBe('out_of_stock');
    expect((await api.get(`/users/${user}/orders`).expect(200)).body).toEqual([]);
  });

  const stock = async () => (await stores.db.query('SELECT stock FROM products WHERE id = $1', [compass])).rows[0].stock;
});
