import fs from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

const app = new pg.Client(process.env.DATABASE_URL);
const starts = [];
beforeAll(() => app.connect());
afterAll(async () => {
  await app.end();
  fs.writeFileSync(process.env.ADDED_TIMES, JSON.stringify(starts));
});

test.each([...Array(Number(process.env.ADDED_TESTS)).keys()])('test %i', async (number) => {
  starts.push(performance.now());
  await app.query('INSERT INTO customers (email, name) VALUES ($1, $1)', [`n${number}@shop.test`]);
  const { rowCount } = await app.query('UPDATE products SET stock = stock - 1 WHERE id = 1');
  expect(rowCount).toBe(1);
});
