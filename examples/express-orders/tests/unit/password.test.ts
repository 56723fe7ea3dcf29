import { expect, test } from 'vitest';
import { hashPassword, verifyPassword } from '../../src/users/password.ts';

test('a hash verifies the password that it was made from, and no other', async () => {
  const hash = await hashPassword('correct horse');
  expect(await verifyPassword('correct horse', hash)).toBe(true);
  expect(await verifyPassword('wrong horse', hash)).toBe(false);
});

test('the same password gives another hash each time', async () => {
  expect(await hashPassword('correct horse')).not.toBe(await hashPassword('correct horse'));
});

test('a stored value of an unknown scheme verifies nothing', async () => {
  expect(await verifyPassword('correct horse', 'correct horse')).toBe(false);
});
