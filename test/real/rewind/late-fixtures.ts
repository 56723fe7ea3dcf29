/** Late wide fixtures of each depth write to tables of their own: what two depths change at once belongs to neither for sure. */
export function lateTables(depth: number | string): readonly [string, string] {
  return [`late_keys_${depth}`, `late_nokey_${depth}`];
}

export function lateStatements(depth: number | string): readonly string[] {
  const [keys, nokey] = lateTables(depth);
  return [
    `INSERT INTO ${keys} (v) VALUES (1)`,
    `UPDATE ${keys} SET v = v + 1`,
    `DELETE FROM ${keys} WHERE id % 3 = 0`,
    `INSERT INTO ${nokey} VALUES (1)`,
    `UPDATE ${nokey} SET v = v + 1`,
  ];
}
