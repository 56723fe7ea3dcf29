import { type MessageSpy, S3Store, SnsStore, type SpyMessage, SqsStore } from './fauxqs.ts';
import { createJournal, type Journal } from './journal.ts';

/** One world of buckets, queues and topics: that of the main address, or of a lease. */
export interface Account {
  readonly s3: S3Store;
  readonly sqs: SqsStore;
  readonly sns: SnsStore;
  readonly region: string;
  /** What was sent, published and uploaded since the state was last taken back. */
  readonly journal: Journal;
  /** Grows with each write. */
  revision(): number;
  touch(): void;
  /** Resolves when the revision is another than this one, or `signal` has aborted. */
  changed(since: number, signal: AbortSignal): Promise<void>;
}

export function createAccount(region: string): Account {
  const [s3, sqs, sns] = [new S3Store(), new SqsStore(), new SnsStore()];
  const journal = createJournal();
  const waiting = new Set<() => void>();
  let revision = 0;
  const account: Account = {
    s3,
    sqs,
    sns,
    region,
    journal,
    revision: () => revision,
    touch() {
      revision++;
      for (const wake of waiting) wake();
    },
    changed: (since, signal) =>
      new Promise((resolve) => {
        if (since !== revision || signal.aborted) return resolve();
        const wake = () => {
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        waiting.add(wake);
        signal.addEventListener('abort', wake);
      }),
  };
  const spy = {
    addMessage(event: SpyMessage) {
      if (event.status === 'downloaded') return;
      journal.note(event);
      account.touch();
    },
  } as MessageSpy;
  s3.spy = sqs.spy = sns.spy = spy;
  sqs.region = sns.region = region;
  sqs.host = ''; // the URL of a queue begins with the address at which the client has asked for it
  return account;
}
