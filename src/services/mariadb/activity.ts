import { query, type Target } from './connect.ts';

/** Statements that may write, by the names of their counters. */
const WRITES =
  /^Com_(?:insert|update|delete|replace|load|truncate|create_|alter_|drop_|rename_|call_procedure|grant|revoke|xa_commit)/;

/** How many statements that may write the server has carried out, whoever sent them. Reading, and what the server does by itself, doesn't count. */
export async function readActivity(target: Target): Promise<string> {
  const counters = await query(target, `show global status like 'Com\\_%'`);
  const sum = counters
    .filter(({ Variable_name: name }) => WRITES.test(String(name)))
    .reduce((total, { Value: value }) => total + Number(value), 0);
  return String(sum);
}
