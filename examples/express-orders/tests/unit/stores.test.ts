import { expect, test } from 'vitest';
import { openStores } from '../../src/stores.ts';

test('without DATABASE_URL the service does not guess a database', () => {
  expect(() => openStores({})).toThrow('DATABASE_URL is not set');
});
