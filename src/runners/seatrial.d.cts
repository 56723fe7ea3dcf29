/** One row, key or document that differs from the state in which the test began. `before` is absent for what was inserted, `after` for what was deleted. */
export interface Change {
  /** Table, as the app would name it. */
  readonly table: string;
  readonly op: 'insert' | 'update' | 'delete';
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
}
export interface ResetReport {
  /** What was done: `rewind`, `restore`, `swap`, `clone`, `truncate`, `flush`, `none`, ... */
  readonly how: string;
  readonly ms: number;
  /** Tables, keys, ... that had changed. */
  readonly changed: number;
  readonly leaks: readonly { readonly kind: 'transaction' | 'write' | 'server'; readonly text: string }[];
  /** Why the way that was asked for could not be gone. */
  readonly fallback?: string;
  /** The connections of the app were ended. */
  readonly disconnected?: boolean;
}
export interface Lease {
  readonly id: string;
  /** By service: `url`, `host`, `port`, ... */
  readonly services: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What the lease has put into the environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** What came to a topic, queue, exchange, subject, stream, mailbox or bucket. Looking at it takes nothing from the app. */
export interface Message {
  readonly source: string;
  /** Unique within its source: offset, sequence, UID, key of an object. */
  readonly id: string;
  readonly key?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The body as JSON; throws when it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: what the app has sent
  readonly json: any;
  readonly bytes: Uint8Array;
  /** ISO 8601, where the service tells. */
  readonly at?: string;
  /** What only this kind of service knows: `partition`, `redelivered`, `to`, `subject`, `links`, `codes`, ... */
  // biome-ignore lint/suspicious/noExplicitAny: by the kind of service
  readonly details?: Readonly<Record<string, any>>;
}
/** What a message has to have, in any depth; texts by a pattern too. Names that no message has are looked for in its `details`. Or a function. */
export type MessageMatcher = ((message: Message) => unknown) | Readonly<Record<string, unknown>>;

/** The state that this worker has leased. Everything here throws when the process is no worker of a session with isolation above `run`. */
export interface Seatrial {
  readonly lease: Lease;
  readonly isolation: string;
  /** For a fixture that lives as long as the file and is first asked for in the middle of a test: what `work` writes stays to the end of the file. */
  inFile<T>(work: () => T | Promise<T>): Promise<T>;
  /** Undoes what the running test has written so far; it goes on from the state in which it began. Answers what was done, by service. */
  reset(): Promise<Readonly<Record<string, ResetReport>>>;
  /** What has changed since the running test began, by service; of one service when it is named. */
  diff(): Promise<Readonly<Record<string, readonly Change[]>>>;
  diff(service: string): Promise<readonly Change[]>;
  /** What messages of a service can be asked for. */
  sources(service: string): Promise<readonly { readonly name: string; readonly kind: string }[]>;
  /** What came to a source since the state was last taken back, oldest first. */
  messages(service: string, source: string): Promise<readonly Message[]>;
  /**
   * The first message that fits, as soon as it is there; `within` milliseconds, 5000 when it is not given. Rejects with what did come
   * (SEATRIAL_MESSAGE_MISSING).
   */
  expectMessage(
    service: string,
    source: string,
    matcher?: MessageMatcher,
    options?: { readonly within?: number },
  ): Promise<Message>;
  /** Puts a message in, as another program would; what is neither text nor bytes goes as JSON. */
  publish(
    service: string,
    source: string,
    body: unknown,
    options?: { readonly key?: string; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<void>;
}
export declare const seatrial: Seatrial;
