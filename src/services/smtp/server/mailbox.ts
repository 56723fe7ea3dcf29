import { randomUUID } from 'node:crypto';
import type { Between, Scope } from '../../../core/reset.ts';
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

/** The mails of one lease, each with whose it is. */
export interface Mailbox {
  /** Another one each time that something has come or gone. */
  readonly revision: number;
  /** All mails, or those to one address. */
  mails(address?: string): readonly Mail[];
  receive(mail: Pick<Mail, 'from' | 'to' | 'raw'>): void;
  /** Resolves when the revision is another one. */
  changed(revision: number, signal: AbortSignal): Promise<void>;
  /** From now on mails belong to `scope`. Answers those that came late and are forgotten. */
  enter(scope: Scope, between: Between): readonly Mail[];
  /** Forgets the mails of `scope` and of narrower ones; answers how many. */
  leave(scope: Scope): number;
  /** Those that have come in the present scope. */
  inScope(): readonly Mail[];
}

interface Kept {
  readonly mail: Mail;
  readonly owner: Scope;
  /** It came after the last scope had ended. */
  late: boolean;
}

const RANK: Readonly<Record<Scope, number>> = { run: 0, file: 1, test: 2 };

export function createMailbox(): Mailbox {
  let kept: Kept[] = [];
  let owner: Scope = 'run';
  let left = false;
  let revision = 0;
  let waiting: (() => void)[] = [];
  const touch = () => {
    revision++;
    for (const resolve of waiting.splice(0)) resolve();
  };
  const forget = (which: (one: Kept) => boolean): readonly Mail[] => {
    const gone = kept.filter(which);
    kept = kept.filter((one) => !gone.includes(one));
    if (gone.length > 0) touch();
    return gone.map(({ mail }) => mail);
  };
  return {
    get revision() {
      return revision;
    },
    mails: (address) => kept.map(({ mail }) => mail).filter(({ to }) => address === undefined || isTo(to, address)),
    receive: ({ from, to, raw }) => {
      let reading: Promise<ReadMail> | undefined;
      const read = () => {
        reading ??= readMail(raw);
        return reading;
      };
      const mail: Mail = { id: randomUUID(), at: new Date().toISOString(), from, to, raw, read };
      kept.push({ mail, owner, late: left });
      touch();
    },
    changed: (known, signal) =>
      new Promise((resolve) => {
        if (known !== revision || signal.aborted) return resolve();
        waiting.push(resolve);
        const giveUp = () => {
          waiting = waiting.filter((one) => one !== resolve);
          resolve();
        };
        signal.addEventListener('abort', giveUp, { once: true });
      }),
    enter: (scope, between) => {
      const undone = between === 'undo' ? forget(({ late }) => late) : [];
      for (const one of kept) one.late = false;
      owner = scope;
      left = false;
      return undone;
    },
    leave: (scope) => {
      const gone = forget((one) => one.late || RANK[one.owner] >= RANK[scope]);
      owner = scope === 'test' ? 'file' : 'run';
      left = true;
      return gone.length;
    },
    inScope: () => kept.filter((one) => one.owner === owner).map(({ mail }) => mail),
  };
}

function isTo(recipients: readonly string[], address: string): boolean {
  return recipients.some((each) => each.toLowerCase() === address.toLowerCase());
}
