import { describe, expect, test } from 'vitest';
import { useBackend } from '../helpers/backend.ts';
import { INTEGRATION } from '../helpers/integration.ts';

describe.runIf(INTEGRATION)('health', () => {
  const backend = useBackend();

  test('health is ok when the database and the cache answer', async () => {
    const response = await backend.api.get('/health').expect(200);
    expect(response.body).toEqual({ status: 'ok' });
  });

  test('the migrations and the seed have run', async () => {
    const response = await backend.api.get('/products').expect(200);
    expect(response.body.map((product: { sku: string }) => product.sku)).toEqual(
      expect.arrayContaining(['ANCHOR-5', 'LAMP-1', 'ROPE-10']),
    );
  });

  test('an unknown path is 404', async () => {
    const response = await backend.api.get('/nothing-here').expect(404);
    expect(response.body.error.code).toBe('not_found');
  });
});
