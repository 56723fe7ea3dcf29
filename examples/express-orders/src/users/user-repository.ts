import type { Queryable } from '../transaction.ts';
import type { User } from './user.ts';

const COLUMNS = 'id, email, name, created_at';

interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly created_at: Date;
}

export async function insertUser(
  db: Queryable,
  user: { readonly email: string; readonly name: string; readonly passwordHash: string },
): Promise<User> {
  const { rows } = await db.query<UserRow>(
    `INSERT INTO users (email, name, password_hash) VALUES ($1, $2, $3) RETURNING ${COLUMNS}`,
    [user.email, user.name, user.passwordHash],
  );
  return toUser(rows[0] as UserRow);
}

export async function findUser(db: Queryable, id: number): Promise<User | undefined> {
  const { rows } = await db.query<UserRow>(`SELECT ${COLUMNS} FROM users WHERE id = $1`, [id]);
  return rows[0] && toUser(rows[0]);
}

export async function renameUser(db: Queryable, id: number, name: string): Promise<User | undefined> {
  const { rows } = await db.query<UserRow>(`UPDATE users SET name = $2 WHERE id = $1 RETURNING ${COLUMNS}`, [id, name]);
  return rows[0] && toUser(rows[0]);
}

export async function deleteUser(db: Queryable, id: number): Promise<boolean> {
  const { rowCount } = await db.query('DELETE FROM users WHERE id = $1', [id]);
  return rowCount === 1;
}

export async function findPasswordHash(db: Queryable, id: number): Promise<string | undefined> {
  const { rows } = await db.query<{ password_hash: string }>('SELECT password_hash FROM users WHERE id = $1', [id]);
  return rows[0]?.password_hash;
}

export async function updatePasswordHash(db: Queryable, id: number, passwordHash: string): Promise<void> {
  await db.query('UPDATE users SET password_hash = $2 WHERE id = $1', [id, passwordHash]);
}

function toUser(row: UserRow): User {
  return { id: Number(row.id), email: row.email, name: row.name, createdAt: row.created_at.toISOString() };
}
