import { randomUUID } from 'node:crypto';
import { createScopedLog, type ScopedLog } from '../../../core/scoped-log.ts';
import { type ReadMail, readMail } from './read-mail.ts';

/** What came in one SMTP transaction. */
export interface Mail {
  readonly id: string;
  readonly at: string;
  /** Of the envelope: also those of Bcc. */
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: Buffer;
  read(): Promise<ReadMail>;
}

/** The mails of one lease. */
export interface Mailbox {
  readonly log: ScopedLog<Mail>;
  /** Another one each time that something has come or gone. */
  readonly revision: number;
  /** All mails, or those to one address. */
  mails(address?: string): readonly Mail[];
  receive(mail: Pick<Mail, 'from' | 'to' | 'raw'>): void;
  /** Resolves when the revision is another one. */
  changed(revision: number, signal: AbortSignal): Promise<void>;
}

export function createMailbox(): Mailbox {
  const waiting = new Set<() => void>();
  let revision = 0;
  const log = createScopedLog<Mail>(() => {
    revision++;
    for (const resolve of waiting) resolve();
    waiting.clear();
  });
  return {
    log,
    get revision() {
      return revision;
    },
    mails: (address) => log.entries.filter(({ to }) => address === undefined || isTo(to, address)),
    receive: ({ from, to, raw }) => {
      let reading: Promise<ReadMail> | undefined;
      const read = () => {
        reading ??= readMail(raw);
        return reading;
      };
      log.add({ id: randomUUID(), at: new Date().toISOString(), from, to, raw, read });
    },
    changed: (known, signal) =>
      new Promise((resolve) => {
        if (known !== revision || signal.aborted) return resolve();
        waiting.add(resolve);
        const giveUp = () => {
          waiting.delete(resolve);
          resolve();
        };
        signal.addEventListener('abort', giveUp, { once: true });
      }),
  };
}

function isTo(recipients: readonly string[], address: string): boolean {
  return recipients.some((each) => each.toLowerCase() === address.toLowerCase());
}
