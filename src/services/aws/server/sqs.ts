import type { Account } from './account.ts';
import type { Exchange } from './exchange.ts';
import { SqsError, sqsActions } from './fauxqs.ts';
import { NotImplemented } from './not-implemented.ts';

interface Received {
  readonly ReceiptHandle: string;
}

/** Whoever polled for them has gone meanwhile: they were not received by anybody. */
function putBack(account: Account, url: string, messages: readonly Received[]): void {
  const queue = account.sqs.getQueue(url);
  for (const { ReceiptHandle } of messages) {
    const taken = queue?.inflightMessages.get(ReceiptHandle)?.message;
    if (taken) taken.approximateReceiveCount -= 1;
    queue?.changeVisibility(ReceiptHandle, 0);
  }
}

/** SQS in JSON, as clients since 2023 speak it. */
export async function handleSqs(account: Account, exchange: Exchange): Promise<void> {
  const { headers, form, body, reply } = exchange;
  if (form.Action !== undefined)
    throw new NotImplemented(`sqs:${form.Action}`, 'the Query protocol of clients before 2023 is not emulated for SQS');
  const name = headers['x-amz-target']?.split('.')[1] ?? '';
  const action = Object.hasOwn(sqsActions, name) ? sqsActions[name] : undefined;
  if (!action) throw new NotImplemented(`sqs:${name}`);
  reply.header('content-type', 'application/x-amz-json-1.0');
  try {
    const asked = JSON.parse(body.toString() || '{}') as { QueueUrl?: string };
    const answer = (await action(asked, account.sqs, exchange)) as { Messages?: readonly Received[] } | undefined;
    if (answer?.Messages && exchange.isGone()) return putBack(account, asked.QueueUrl ?? '', answer.Messages);
    if (answer?.Messages || !/^(?:List|Get|Receive)/.test(name)) account.touch();
    reply.send(JSON.stringify(answer ?? {}));
  } catch (error) {
    if (!(error instanceof SqsError)) throw error;
    reply.header('x-amzn-query-error', error.queryErrorHeader);
    reply.status(error.statusCode).send(JSON.stringify(error.toJSON()));
  }
}
