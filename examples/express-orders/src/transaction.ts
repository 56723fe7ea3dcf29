import type pg from 'pg';

/** What a repository needs to ask a question: the pool, or a connection inside a transaction. */
export type Queryable = Pick<pg.Pool, 'query'>;

/** Commits when `work` resolves, rolls back when it rejects. */
export async function inTransaction<T>(db: pg.Pool, work: (connection: pg.PoolClient) => Promise<T>): Promise<T> {
  const connection = await db.connect();
  try {
    await connection.query('BEGIN');
    const result = await work(connection);
    await connection.query('COMMIT');
    return result;
  } catch (error) {
    await connection.query('ROLLBACK');
    throw error;
  } finally {
    connection.release();
  }
}
