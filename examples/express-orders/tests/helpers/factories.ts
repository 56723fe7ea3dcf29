import type { Order } from '../../src/orders/order.ts';
import type { User } from '../../src/users/user.ts';
import type { Backend } from './backend.ts';

/** The same names in every test: each begins with the products of the seed and nothing else. */
export const GRACE = { email: 'grace@example.test', name: 'Grace', password: 'correct horse' };

export async function createUser({ api }: Backend, changes: Partial<typeof GRACE> = {}): Promise<User> {
  const response = await api
    .post('/users')
    .send({ ...GRACE, ...changes })
    .expect(201);
  return response.body;
}

/** Another product beside those of the seed. */
export async function createProduct(
  { db }: Backend,
  { sku = 'COMPASS', priceCents = 500, stock = 10 }: { sku?: string; priceCents?: number; stock?: number } = {},
): Promise<number> {
  const { rows } = await db.query(
    'INSERT INTO products (sku, name, price_cents, stock) VALUES ($1, $2, $3, $4) RETURNING id::int',
    [sku, 'Compass', priceCents, stock],
  );
  return rows[0].id;
}

/** Two ropes. */
export async function createOrder(backend: Backend, userId: number): Promise<Order> {
  const { rows } = await backend.db.query("SELECT id::int FROM products WHERE sku = 'ROPE-10'");
  const items = [{ productId: rows[0].id, quantity: 2 }];
  const response = await backend.api.post('/orders').send({ userId, items }).expect(201);
  return response.body;
}
