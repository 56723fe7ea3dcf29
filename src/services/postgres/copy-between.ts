import type { Client, Connection } from 'pg';

/** The messages of the copy protocol that the client library has but does not declare. */
interface CopyConnection extends Connection {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(message: string): void;
  readonly stream: Connection['stream'] & { readonly writableLength: number; pause(): void; resume(): void };
}

const MOST_BYTES_WAITING = 4 * 1024 * 1024;

/** Pipes `COPY ... TO STDOUT` on one connection into `COPY ... FROM STDIN` on another; what is on its way stays small. */
export async function copyBetween(from: { client: Client; sql: string }, to: { client: Client; sql: string }): Promise<void> {
  const { default: pg } = await import('pg');
  const source = (from.client as unknown as { connection: CopyConnection }).connection;
  let sending: Promise<void> | undefined;
  let failure: Error | undefined;
  let isPaused = false;
  await new Promise<void>((resolve, reject) => {
    const reading = (target: CopyConnection) =>
      new Promise<void>((done) => {
        const query = new pg.Query(from.sql, (error: Error | undefined) => {
          failure = error;
          source.stream.resume();
          // The server takes an end without all rows for a success: a failed source must not look like an empty one.
          if (error) target.sendCopyFail(error.message);
          else target.endCopyFrom();
          done();
        });
        from.client.query(
          Object.assign(query, {
            handleCopyData({ chunk }: { chunk: Buffer }) {
              target.sendCopyFromChunk(chunk);
              if (isPaused || target.stream.writableLength < MOST_BYTES_WAITING) return;
              isPaused = true;
              source.stream.pause();
              target.stream.once('drain', () => {
                isPaused = false;
                source.stream.resume();
              });
            },
          }),
        );
      });
    const writing = new pg.Query(to.sql, (error: Error | undefined) => (error ? reject(failure ?? error) : resolve()));
    to.client.query(
      Object.assign(writing, {
        handleCopyInResponse(target: CopyConnection) {
          sending = reading(target);
        },
      }),
    );
  });
  await sending;
}
