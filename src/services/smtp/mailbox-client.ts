import type { Inspector, Message } from '../../core/inspect.ts';
import type { Change, ResetReport, StateKeeper } from '../../core/reset.ts';
import type { LeaseBook } from '../../core/service.ts';
import { openControl } from '../../util/program-control.ts';
import { type SmtpTarget, toFields } from './fields.ts';
import type { ToldMail } from './server/main.ts';

interface Outline {
  readonly to: string;
  readonly subject: string;
}

/** Every mail of the lease, whoever it is to. */
const ALL = '*';
const NAMED_IN_LEAK = 5;

/** A mailbox with a port of its own for each lease, in the program that runs already. */
export function openMailboxes(main: SmtpTarget & { readonly control: string }): LeaseBook {
  const control = openControl(main.control);
  return {
    create: async (id) => {
      const { port } = await control.ask<{ port: number }>('open', { mailbox: id });
      return toFields({ ...main, port, mailbox: id });
    },
    drop: async (id) => void (await control.ask('close', { mailbox: id })),
    openKeeper: async (id) => openKeeper(main.control, id),
    [Symbol.asyncDispose]: async () => control[Symbol.dispose](),
  };
}

/** The scopes are those of the program, which knows of each mail when it came. */
function openKeeper(socketPath: string, mailbox: string): StateKeeper {
  const control = openControl(socketPath);
  return {
    enter: async (scope, between): Promise<ResetReport | undefined> => {
      const startedAt = performance.now();
      const late = await control.ask<readonly Outline[]>('enter', { mailbox, scope, between });
      if (late.length === 0) return undefined;
      const names = late.slice(0, NAMED_IN_LEAK).map(({ to, subject }) => `${JSON.stringify(subject)} to ${to}`);
      const more = late.length > names.length ? `, ${late.length - names.length} more` : '';
      const text = `mails that came after the test had ended: ${names.join('; ')}${more}`;
      return { how: 'forget', ms: performance.now() - startedAt, changed: late.length, leaks: [{ kind: 'write', text }] };
    },
    leave: async (scope) => {
      const startedAt = performance.now();
      const changed = await control.ask<number>('leave', { mailbox, scope });
      return { how: changed > 0 ? 'forget' : 'none', ms: performance.now() - startedAt, changed, leaks: [] };
    },
    renew: async () => {
      await control.ask('leave', { mailbox, scope: 'run' });
      return true;
    },
    diff: async () => {
      const mails = await control.ask<readonly Outline[]>('diff', { mailbox });
      return mails.map(({ to, subject }): Change => ({ table: 'mails', op: 'insert', after: { to, subject } }));
    },
    [Symbol.asyncDispose]: async () => control[Symbol.dispose](),
  };
}

/** Its sources are the addresses of recipients; `*` is all of them. */
export function openInspector(socketPath: string, mailbox: string): Inspector {
  const control = openControl(socketPath);
  const known = new Map<string, number>();
  return {
    sources: async () => {
      const addresses = await control.ask<readonly string[]>('sources', { mailbox });
      return addresses.map((name) => ({ name, kind: 'mailbox' }));
    },
    messages: async (source) => {
      const address = source === ALL ? {} : { address: source };
      const { revision, mails } = await control.ask<{ revision: number; mails: readonly ToldMail[] }>('messages', {
        mailbox,
        ...address,
      });
      known.set(source, revision);
      return mails.map((mail) => toMessage(source, mail));
    },
    changed: async (source, signal) => {
      try {
        await control.ask('changed', { mailbox, revision: known.get(source) ?? -1 }, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    [Symbol.asyncDispose]: async () => control[Symbol.dispose](),
  };
}

function toMessage(source: string, { id, at, from, to, raw, read }: ToldMail): Message {
  const { headers, ...details } = read;
  return { source, id, at, headers, body: Buffer.from(raw, 'base64'), details: { ...details, envelope: { from, to } } };
}
