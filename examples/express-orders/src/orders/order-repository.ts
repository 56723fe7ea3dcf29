import type { Queryable } from '../transaction.ts';
import type { NewOrder, Order, OrderItem, StatusChange } from './order.ts';

/** To be called in a transaction: an order without all its items must not stay. */
export async function insertOrder(connection: Queryable, order: NewOrder): Promise<number> {
  const { rows } = await connection.query<{ id: string }>('INSERT INTO orders (user_id) VALUES ($1) RETURNING id', [
    order.userId,
  ]);
  const id = Number(rows[0]?.id);
  // A product that does not exist gets past the price, and is refused by the foreign key.
  for (const { productId, quantity } of order.items) {
    await connection.query(
      `INSERT INTO order_items (order_id, product_id, quantity, price_cents)
       VALUES ($1, $2, $3, coalesce((SELECT price_cents FROM products WHERE id = $2), 0))`,
      [id, productId, quantity],
    );
    await connection.query('UPDATE products SET stock = stock - $2 WHERE id = $1', [productId, quantity]);
  }
  return id;
}

export async function findOrder(db: Queryable, id: number): Promise<Order | undefined> {
  return (await selectOrders(db, 'o.id = $1', id))[0];
}

export async function findOrdersOfUser(db: Queryable, userId: number): Promise<readonly Order[]> {
  return selectOrders(db, 'o.user_id = $1', userId);
}

/** An optimistic lock: false when the order is no longer the version that the change was made from. */
export async function updateStatus(db: Queryable, id: number, change: StatusChange): Promise<boolean> {
  const { rowCount } = await db.query('UPDATE orders SET status = $2, version = version + 1 WHERE id = $1 AND version = $3', [
    id,
    change.status,
    change.version,
  ]);
  return rowCount === 1;
}

interface OrderRow {
  readonly id: string;
  readonly user_id: string;
  readonly status: string;
  readonly version: number;
  readonly items: readonly OrderItem[];
}

async function selectOrders(db: Queryable, condition: string, value: number): Promise<readonly Order[]> {
  const { rows } = await db.query<OrderRow>(
    `SELECT o.id, o.user_id, o.status, o.version,
            json_agg(json_build_object('productId', p.id, 'product', p.name, 'quantity', i.quantity, 'priceCents', i.price_cents)
                     ORDER BY i.id) AS items
       FROM orders o
       JOIN order_items i ON i.order_id = o.id
       JOIN products p ON p.id = i.product_id
      WHERE ${condition}
      GROUP BY o.id
      ORDER BY o.id`,
    [value],
  );
  return rows.map(toOrder);
}

function toOrder({ user_id, ...row }: OrderRow): Order {
  const totalCents = row.items.reduce((sum, item) => sum + item.quantity * item.priceCents, 0);
  return { ...row, id: Number(row.id), userId: Number(user_id), totalCents };
}
