import { Router } from 'express';
import { HttpError } from '../errors.ts';
import { parseId } from '../parse-id.ts';
import type { Stores } from '../stores.ts';
import { inTransaction } from '../transaction.ts';

import { NewOrder, type Order, StatusChange } from './order.ts';
import { findOrder, findOrdersOfUser, insertOrder, updateStatus } from './order-repository.ts';

export function orderRoutes({ db }: Stores): Router {
  const routes = Router();

  routes.post('/orders', async (request, response) => {
    const order = NewOrder.parse(request.body);
    const id = await inTransaction(db, (connection) => insertOrder(connection, order));
    response
      .status(201)
      .location(`/orders/${id}`)
      .json(await existing(id));
  });

  routes.get('/orders/:id', async (request, response) => {
    response.json(await existing(parseId(request.params)));
  });

  routes.patch('/orders/:id', async (request, response) => {
    const id = parseId(request.params);
    const change = StatusChange.parse(request.body);
    await existing(id);
    if (!(await updateStatus(db, id, change))) throw new HttpError(409, 'stale_version', { version: 'is not the latest' });
    response.json(await existing(id));
  });

  routes.get('/users/:id/orders', async (request, response) => {
    response.json(await findOrdersOfUser(db, parseId(request.params)));
  });

  return routes;

  async function existing(id: number): Promise<Order> {
    const order = await findOrder(db, id);
    if (!order) throw new HttpError(404, 'order_not_found');
    return order;
  }
}
