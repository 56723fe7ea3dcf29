import supertest from 'supertest';
import { createApp } from '../../express-orders/src/app.ts';
import { closeStores, openStores } from '../../express-orders/src/stores.ts';

export const stores = openStores();
export const api = supertest(createApp(stores));

afterAll(() => closeStores(stores));

export const GRACE = { email: 'grace@example.test', name: 'Grace', password: 'correct horse' };
