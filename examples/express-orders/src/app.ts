import express, { type Express } from 'express';
import { HttpError, sendError } from './errors.ts';
import { orderRoutes } from './orders/order-routes.ts';
import { productRoutes } from './products.ts';
import type { Stores } from './stores.ts';
import { userRoutes } from './users/user-routes.ts';

export function createApp(stores: Stores): Express {
  const app = express();
  app.use(express.json());
  app.get('/health', async (_request, response) => {
    await Promise.all([stores.db.query('SELECT 1'), stores.redis.ping()]);
    response.json({ status: 'ok' });
  });
  app.use(userRoutes(stores), productRoutes(stores), orderRoutes(stores));
  app.use(() => {
    throw new HttpError(404, 'not_found');
  });
  app.use(sendError);
  return app;
}
