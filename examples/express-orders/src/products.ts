import { Router } from 'express';
import type { Stores } from './stores.ts';

export function productRoutes({ db }: Stores): Router {
  const routes = Router();
  routes.get('/products', async (_request, response) => {
    const { rows } = await db.query('SELECT id::int, sku, name, price_cents AS "priceCents", stock FROM products ORDER BY sku');
    response.json(rows);
  });
  return routes;
}
