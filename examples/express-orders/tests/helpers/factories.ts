import { randomUUID } from 'node:crypto';
import type { Order } from '../../src/orders/order.ts';
import type { User } from '../../src/users/user.ts';
import type { Backend } from './backend.ts';

/** Every record is new and unlike any other: the tests share one database, in any order and side by side. */
export function newRegistration(changes: Partial<{ email: string; name: string; password: string }> = {}) {
  return { email: `${randomUUID()}@example.test`, name: 'Grace', password: 'correct horse', ...changes };
}

export async function createUser({ api }: Backend, changes: Parameters<typeof newRegistration>[0] = {}): Promise<User> {
  const response = await api.post('/users').send(newRegistration(changes)).expect(201);
  return response.body;
}

export async function createProduct(
  { db }: Backend,
  changes: { readonly priceCents?: number; readonly stock?: number } = {},
): Promise<number> {
  const { rows } = await db.query(
    'INSERT INTO products (sku, name, price_cents, stock) VALUES ($1, $2, $3, $4) RETURNING id::int',
    [randomUUID(), 'Compass', changes.priceCents ?? 500, changes.stock ?? 10],
  );
  return rows[0].id;
}

export async function createOrder(backend: Backend, userId: number): Promise<Order> {
  const items = [{ productId: await createProduct(backend), quantity: 2 }];
  const response = await backend.api.post('/orders').send({ userId, items }).expect(201);
  return response.body;
}
