import type { Inspector, Message, Source } from '../../core/inspect.ts';
import type { Change, ResetReport, StateKeeper } from '../../core/reset.ts';
import type { LeaseBook } from '../../core/service.ts';
import { openControl } from '../../util/program-control.ts';
import { type AwsTarget, MAIN_ACCOUNT, toFields } from './fields.ts';
import type { ToldMessage } from './server/inspect.ts';

type Report = Omit<ResetReport, 'ms'>;

/** An account with a port of its own for each lease, in the program that runs already. */
export async function openAccounts(main: AwsTarget & { readonly control: string }): Promise<LeaseBook> {
  const control = openControl(main.control);
  await control.ask('template', {});
  return {
    create: async (account) => toFields({ ...main, account, port: await control.ask<number>('open', { account }) }),
    drop: async (account) => void (await control.ask('close', { account })),
    openKeeper: (account) => openKeeper(main.control, account),
    [Symbol.asyncDispose]: async () => control[Symbol.dispose](),
  };
}

/** The scopes are those of the program, which has the states in its memory. */
async function openKeeper(socketPath: string, account: string): Promise<StateKeeper> {
  const control = openControl(socketPath);
  const timed = async <T extends Report | null>(ask: Promise<T>) => {
    const startedAt = performance.now();
    const report = await ask;
    return report && { ...report, ms: performance.now() - startedAt };
  };
  await control.ask('keep', { account });
  return {
    enter: async (scope, between) => (await timed(control.ask<Report | null>('enter', { account, scope, between }))) ?? undefined,
    leave: (scope) => timed(control.ask<Report>('leave', { account, scope })) as Promise<ResetReport>,
    again: () => timed(control.ask<Report>('again', { account })) as Promise<ResetReport>,
    renew: () => control.ask<boolean>('renew', { account }),
    diff: () => control.ask<readonly Change[]>('diff', { account }),
    [Symbol.asyncDispose]: async () => control[Symbol.dispose](),
  };
}

/** Its sources are queues, topics and buckets. */
export function openInspector(socketPath: string, account: string): Inspector {
  const control = openControl(socketPath);
  const known = new Map<string, number>();
  return {
    sources: () => control.ask<readonly Source[]>('sources', { account }),
    messages: async (source) => {
      const asked = { account, source };
      const { revision, messages } = await control.ask<{ revision: number; messages: readonly ToldMessage[] }>('messages', asked);
      known.set(source, revision);
      return messages.map((message): Message => ({ ...message, source, body: Buffer.from(message.body, 'base64') }));
    },
    changed: async (source, signal) => {
      try {
        await control.ask('changed', { account, revision: known.get(source) ?? -1 }, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    publish: async (source, message) => {
      const body = Buffer.from(message.body).toString('base64');
      await control.ask('publish', { account, source, message: { ...message, body } });
    },
    [Symbol.asyncDispose]: async () => control[Symbol.dispose](),
  };
}

/** Changes with each write to the main account. */
export async function readRevision(socketPath: string): Promise<string> {
  using control = openControl(socketPath);
  return String(await control.ask<number>('revision', { account: MAIN_ACCOUNT }));
}
