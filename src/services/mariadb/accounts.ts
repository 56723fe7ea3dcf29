import { quoteName, quoteText } from './identifier.ts';
import type { MariadbSettings } from './options.ts';

/**
 * Statements, each on one line, that make the accounts and databases on a new data directory: root from anywhere, and the app's user with all
 * privileges. They may run twice.
 */
export function accountStatements(settings: MariadbSettings): readonly string[] {
  const { user, password, database, databases, users, rootPassword } = settings;
  return [
    `ALTER USER 'root'@'localhost' IDENTIFIED BY ${quoteText(rootPassword)}`,
    ...account('root', rootPassword, true),
    ...(user === 'root' ? [] : account(user, password, true)),
    ...Object.entries(users).flatMap(([name, secret]) => account(name, secret, false)),
    ...[database, ...databases].map((name) => `CREATE DATABASE IF NOT EXISTS ${quoteName(name)}`),
  ];
}

/** For connections from this machine, by whichever address. */
function account(name: string, password: string, mayAll: boolean): readonly string[] {
  const who = `${quoteText(name)}@'%'`;
  return [
    `CREATE USER IF NOT EXISTS ${who} IDENTIFIED BY ${quoteText(password)}`,
    ...(mayAll ? [`GRANT ALL PRIVILEGES ON *.* TO ${who} WITH GRANT OPTION`] : []),
  ];
}
