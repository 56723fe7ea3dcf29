/**
 * What tests see and put in beside the app's own clients: messages of a broker, mails of a mailbox, objects of a bucket. One lease, one inspector.
 * It takes nothing from the app: a consumer gets each message as if nobody had looked.
 */
export interface Inspector extends AsyncDisposable {
  /** What can be asked for: topics, queues, subjects, mailboxes, buckets. */
  sources(): Promise<readonly Source[]>;
  /** What came to `source` since the state was last taken back, oldest first, also what has been consumed since where the service can tell. */
  messages(source: string): Promise<readonly Message[]>;
  /** Resolves when something may have come to `source` since `messages` was last asked, or `signal` has aborted. Never rejects for that. */
  changed(source: string, signal: AbortSignal): Promise<void>;
  /** Puts a message in, as another program would. Absent = nothing can be put in here. */
  publish?(source: string, message: NewMessage): Promise<void>;
}

export interface Source {
  readonly name: string;
  /** In the service's own terms: `topic`, `queue`, `exchange`, `subject`, `stream`, `mailbox`, `bucket`. */
  readonly kind: string;
}

export interface NewMessage {
  readonly body: Uint8Array;
  /** Kafka's key, an exchange's routing key, an object's key. */
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Message {
  readonly source: string;
  /** Unique within its source: offset, sequence, UID, key of an object. */
  readonly id: string;
  readonly key?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** ISO 8601, by the service's clock, where it tells. */
  readonly at?: string;
  /** What only this kind of service knows, e.g. `{ partition: 0, redelivered: true }`. */
  readonly details?: Readonly<Record<string, unknown>>;
}
