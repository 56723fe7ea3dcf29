import type { Client, Connection } from 'pg';

const CHUNK_BYTES = 64 * 1024;

/** The messages of the copy protocol that the client library has but does not declare. */
interface CopyConnection extends Connection {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/** Carries out a `COPY ... FROM STDIN` with the given data. */
export async function copyIn(client: Client, sql: string, data: string): Promise<void> {
  const { default: pg } = await import('pg');
  await new Promise<void>((resolve, reject) => {
    const query = new pg.Query(sql, (error: Error | undefined) => (error ? reject(error) : resolve()));
    const copy = Object.assign(query, {
      handleCopyInResponse(connection: CopyConnection) {
        const bytes = Buffer.from(data);
        for (let at = 0; at < bytes.length; at += CHUNK_BYTES) connection.sendCopyFromChunk(bytes.subarray(at, at + CHUNK_BYTES));
        connection.endCopyFrom();
      },
    });
    client.query(copy);
  });
}
