import type { RewindConnection, Row } from './connection.ts';

const COUNTED = [
  ...[
    'alter_db',
    'alter_event',
    'alter_function',
    'alter_procedure',
    'alter_sequence',
    'alter_table',
    'create_db',
    'create_event',
    'create_function',
  ],
  ...[
    'create_index',
    'create_package',
    'create_package_body',
    'create_procedure',
    'create_sequence',
    'create_table',
    'create_trigger',
    'create_view',
  ],
  ...[
    'drop_db',
    'drop_event',
    'drop_function',
    'drop_index',
    'drop_package',
    'drop_package_body',
    'drop_procedure',
    'drop_sequence',
    'drop_table',
  ],
  ...['drop_trigger', 'drop_view', 'optimize', 'rename_table', 'repair', 'truncate'],
];
const ACCOUNTS = [
  'alter_user',
  'create_role',
  'create_user',
  'drop_role',
  'drop_user',
  'grant',
  'grant_role',
  'rename_user',
  'revoke',
  'revoke_all',
  'revoke_role',
];

const CHOSEN = `WHERE Variable_name IN (${[...COUNTED, ...ACCOUNTS].map((name) => `'Com_${name}'`).join(', ')})`;
/** How many statements that change definitions the server has run so far; there is nothing cheaper that sees them all. */
export const READ_COUNTERS = `SHOW GLOBAL STATUS ${CHOSEN}`;

export interface Counters {
  readonly definitions: number;
  readonly accounts: number;
}

function parseCounters(rows: readonly Row[]): Counters {
  const sum = (isOurs: (name: string) => boolean) =>
    rows.reduce((total, { Variable_name, Value }) => total + (isOurs(String(Variable_name).slice(4)) ? Number(Value) : 0), 0);
  return { definitions: sum((name) => COUNTED.includes(name)), accounts: sum((name) => ACCOUNTS.includes(name)) };
}

/** The statements of others only: what the connections of rewind do is counted by the server like anything else. */
export interface ForeignCounters {
  of(rows: readonly Row[]): Counters;
  /** To be called after statements of ours that are counted. */
  recount(): Promise<void>;
}

export async function createForeignCounters(connection: RewindConnection): Promise<ForeignCounters> {
  let own: Counters = { definitions: 0, accounts: 0 };
  const sql = [`SHOW SESSION STATUS ${CHOSEN}`];
  const recount = async () => {
    const [[main = []], [beside = []]] = await Promise.all([connection.batch(sql), connection.aside(sql)]);
    own = parseCounters([...main, ...beside]);
  };
  await recount();
  return {
    recount,
    of: (rows) => {
      const all = parseCounters(rows);
      return { definitions: all.definitions - own.definitions, accounts: all.accounts - own.accounts };
    },
  };
}
