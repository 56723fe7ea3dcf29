import type { Account } from './account.ts';
import type { Exchange } from './exchange.ts';
import { getCallerIdentity, SnsError, snsActions, snsErrorResponse } from './fauxqs.ts';
import { NotImplemented } from './not-implemented.ts';

/** What a message or a subscription may ask for, and would not get. */
const REFUSED = ['MessageStructure', 'PhoneNumber', 'TargetArn'];

/** SNS, and the one question that clients ask STS, by the Query protocol. */
export async function handleSns(account: Account, exchange: Exchange): Promise<void> {
  const { form, reply } = exchange;
  const { Action: name = '' } = form;
  reply.header('content-type', 'text/xml');
  if (name === 'GetCallerIdentity') return reply.send(getCallerIdentity());
  const action = Object.hasOwn(snsActions, name) ? snsActions[name] : undefined;
  if (!action) throw new NotImplemented(`sns:${name}`);
  if (name === 'Subscribe' && form.Protocol !== 'sqs')
    throw new NotImplemented(`sns:Subscribe with the protocol ${form.Protocol}`, 'only queues get messages');
  const refused = REFUSED.find((key) => form[key] !== undefined);
  if (refused) throw new NotImplemented(`sns:${name} with ${refused}`);
  try {
    account.journal.nextSubject(form.Subject);
    const xml = (await action(form, account.sns, account.sqs, exchange)) as string;
    if (!/^(?:List|Get)/.test(name)) account.touch();
    reply.send(xml);
  } catch (error) {
    if (!(error instanceof SnsError)) throw error;
    reply.status(error.statusCode).send(snsErrorResponse(error.code, error.message, error.senderFault ? 'Sender' : 'Receiver'));
  }
}
