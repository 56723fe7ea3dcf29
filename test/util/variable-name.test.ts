import { expect, test } from 'vitest';
import { toVariable } from '../../src/util/variable-name.ts';

test.each([
  ['orders-api', 'ORDERS_API'],
  ['jdbcUrl', 'JDBC_URL'],
  ['a.b--c', 'A_B_C'],
  ['db2', 'DB2'],
  ['2fa', '_2FA'],
])('%j is %j in a variable', (name, expected) => {
  expect(toVariable(name)).toBe(expected);
});
