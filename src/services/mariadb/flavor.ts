/** Two servers that speak one protocol. */
export type Flavor = 'mariadb' | 'mysql';

/** MariaDB's versions start at 10, MySQL's end at 9. */
export function isMariadb(version: string): boolean {
  return Number.parseInt(version, 10) >= 10;
}
