import { listOption, mapOption, type OptionValues, textOption } from '../../core/option-values.ts';
import type { OptionSpec, ServiceRequest } from '../../core/service.ts';
import { SeatrialError } from '../../errors.ts';

/** Of AWS's services, those that are emulated. */
export const AWS_SERVICES = ['s3', 'sqs', 'sns'] as const;
const DEFAULT_MAX_RECEIVES = 3;

/** The options of `use: aws` in the configuration. */
export const awsOptions: Readonly<Record<string, OptionSpec>> = {
  services: {
    type: 'strings',
    description: `Which to answer for: ${AWS_SERVICES.join(', ')}; default: all. Calls to others fail with 501`,
  },
  region: { type: 'string', description: 'The region that clients are given; default: us-east-1' },
  buckets: { type: 'strings', description: 'Buckets that are there from the start' },
  queues: { type: 'strings', description: 'Queues that are there from the start; a name that ends in .fifo makes a FIFO queue' },
  topics: { type: 'strings', description: 'Topics that are there from the start' },
  deadLetters: { type: 'map', description: 'Queue to its dead-letter queue; both are made' },
  maxReceives: {
    type: 'integer',
    description: `How often a message is received before it goes to the dead-letter queue; default: ${DEFAULT_MAX_RECEIVES}`,
  },
  subscriptions: { type: 'map', description: 'Topic to the queue, or queues, that get its messages; all are made' },
  rawDelivery: { type: 'boolean', description: 'These queues get the message itself, without the envelope of SNS' },
};

/** What the emulator is started with: lists and maps filled in, names as they are. */
export interface AwsSettings {
  readonly services: readonly string[];
  readonly region: string;
  readonly buckets: readonly string[];
  readonly queues: readonly string[];
  readonly topics: readonly string[];
  readonly deadLetters: Readonly<Record<string, string>>;
  readonly maxReceives: number;
  readonly subscriptions: Readonly<Record<string, readonly string[]>>;
  readonly rawDelivery: boolean;
}

export function readOptions({ name, options }: ServiceRequest): AwsSettings {
  const services = listOption(options, 'services').map((service) => service.toLowerCase());
  const unknown = services.find((service) => !(AWS_SERVICES as readonly string[]).includes(service));
  if (unknown)
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${name}: the AWS service ${unknown} is not emulated`, {
      hint: `there are ${AWS_SERVICES.join(', ')}`,
    });
  const settings: AwsSettings = {
    services: services.length > 0 ? services : AWS_SERVICES,
    region: textOption(options, 'region') ?? 'us-east-1',
    buckets: listOption(options, 'buckets'),
    queues: listOption(options, 'queues'),
    topics: listOption(options, 'topics'),
    deadLetters: mapOption(options, 'deadLetters', { true: 'true', false: 'false' }),
    maxReceives: Number(options.maxReceives ?? DEFAULT_MAX_RECEIVES),
    subscriptions: listsOption(options, 'subscriptions'),
    rawDelivery: options.rawDelivery === true,
  };
  checkNames(name, settings);
  return settings;
}

/** A map of one text or several. */
function listsOption(options: OptionValues, name: string): Readonly<Record<string, readonly string[]>> {
  const value = options[name];
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, Array.isArray(inner) ? inner.map(String) : [String(inner)]]),
  );
}

/** The emulator would refuse them, too, but only once it runs. */
function checkNames(name: string, { buckets, queues, topics, deadLetters, subscriptions }: AwsSettings): void {
  const refuse = (what: string, text: string, hint: string) => {
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${name}: ${JSON.stringify(text)} cannot be the name of a ${what}`, {
      hint,
    });
  };
  for (const bucket of buckets)
    if (!/^(?!.*(?:\.\.|\.-|-\.))(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
      refuse('bucket', bucket, 'it has 3 to 63 lower-case letters, digits, dots and hyphens');
  const pattern = /^[A-Za-z0-9_-]{1,75}(?:\.fifo)?$/;
  const hint = 'it has letters, digits, hyphens and underscores, and .fifo behind them or not';
  for (const queue of [...queues, ...Object.entries(deadLetters).flat(), ...Object.values(subscriptions).flat()])
    if (!pattern.test(queue)) refuse('queue', queue, hint);
  for (const topic of [...topics, ...Object.keys(subscriptions)]) if (!pattern.test(topic)) refuse('topic', topic, hint);
}
