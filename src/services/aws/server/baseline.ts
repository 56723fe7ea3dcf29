import type { Account } from './account.ts';
import { snsActions, sqsActions } from './fauxqs.ts';

/** What exists from the start, as the options of the configuration name it. */
export interface Baseline {
  readonly buckets: readonly string[];
  readonly queues: readonly string[];
  readonly topics: readonly string[];
  /** Topic to the queues that get its messages. */
  readonly subscriptions: Readonly<Record<string, readonly string[]>>;
  /** Queue to its dead-letter queue. */
  readonly deadLetters: Readonly<Record<string, string>>;
  readonly maxReceives: number;
  /** Queues get the message itself, not SNS's envelope around it. */
  readonly rawDelivery: boolean;
}

/** Makes it by the actions that clients call, so that the same rules hold. `host` is the address of the main account. */
export async function makeBaseline(account: Account, baseline: Baseline, host: string): Promise<void> {
  const { s3, sqs, sns, region } = account;
  const request = { headers: { host } };
  const arn = (service: string, name: string) => `arn:aws:${service}:${region}:000000000000:${name}`;
  const dead = Object.entries(baseline.deadLetters);
  const subscriptions = Object.entries(baseline.subscriptions);
  for (const bucket of baseline.buckets) s3.createBucket(bucket);
  const queues = [...baseline.queues, ...dead.flat(), ...subscriptions.flatMap(([, names]) => names)];
  for (const QueueName of new Set(queues)) await sqsActions.CreateQueue?.({ QueueName }, sqs, request);
  for (const [queue, target] of dead)
    sqs.getQueueByArn(arn('sqs', queue))?.setAttributes({
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn('sqs', target), maxReceiveCount: baseline.maxReceives }),
    });
  for (const Name of new Set([...baseline.topics, ...subscriptions.map(([topic]) => topic)]))
    await snsActions.CreateTopic?.({ Name }, sns, sqs, request);
  for (const [topic, names] of subscriptions)
    for (const queue of names)
      sns.subscribe(
        arn('sns', topic),
        'sqs',
        arn('sqs', queue),
        baseline.rawDelivery ? { RawMessageDelivery: 'true' } : undefined,
      );
}
