/** `orders-api` becomes `ORDERS_API`, `jdbcUrl` becomes `JDBC_URL`; `2fa` becomes `_2FA`, since no shell has variables that begin with a digit. */
export function toVariable(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^(?=\d)/, '_')
    .toUpperCase();
}
