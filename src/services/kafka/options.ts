import { mapOption } from '../../core/option-values.ts';
import type { OptionSpec, ServiceRequest } from '../../core/service.ts';
import { SeatrialError } from '../../errors.ts';

/** The options of `use: kafka` in the configuration. */
export const kafkaOptions: Readonly<Record<string, OptionSpec>> = {
  topics: { type: 'map', description: 'Topics to make, with their number of partitions: `{ orders: 3 }`' },
  settings: {
    type: 'map',
    description: 'Server settings, as in server.properties: auto.create.topics.enable, message.max.bytes, ...',
  },
};

export interface KafkaSettings {
  /** Partitions by name. */
  readonly topics: Readonly<Record<string, number>>;
  readonly settings: Readonly<Record<string, string>>;
}

/** Settings that the session decides: another value would break readiness or cleaning. */
const RESERVED =
  /^(?:process\.roles|node\.id|broker\.(?:id|rack)|controller\.quorum\..*|(?:advertised\.)?listeners|controller\.listener\.names|inter\.broker\.listener\.name|listener\.security\.protocol\.map|security\.inter\.broker\.protocol|(?:metadata\.)?log\.dirs?|zookeeper\..*)$/;

export function isReserved(setting: string): boolean {
  return RESERVED.test(setting);
}

export function readOptions({ name, options }: ServiceRequest): KafkaSettings {
  const refuse = (what: string, hint: string) => new SeatrialError('SEATRIAL_OPTION_INVALID', `${name}: ${what}`, { hint });
  const settings = mapOption(options, 'settings', { true: 'true', false: 'false' });
  const reserved = Object.keys(settings).find(isReserved);
  if (reserved !== undefined) throw refuse(`the setting ${reserved} is chosen by Seatrial`, 'leave it out');
  const odd = Object.entries(settings).find(([setting, value]) => !/^[a-z][\w.-]*$/i.test(setting) || /[\r\n]/.test(value));
  if (odd) throw refuse(`${JSON.stringify(odd[0])} is no setting`, 'write it as in server.properties, on one line');
  const topics: Record<string, number> = {};
  for (const [topic, count] of Object.entries(mapOption(options, 'topics', { true: '1', false: '0' }))) {
    if (!/^[\w.-]{1,249}$/.test(topic) || topic === '.' || topic === '..' || topic.startsWith('__'))
      throw refuse(`${JSON.stringify(topic)} is no name of a topic`, 'letters, digits, dots, dashes and underscores, up to 249');
    const partitions = count === '' ? 1 : Number(count);
    if (!Number.isInteger(partitions) || partitions < 1 || partitions > 1000)
      throw refuse(`topic ${topic} has ${JSON.stringify(count)} partitions`, 'give a number from 1 to 1000');
    topics[topic] = partitions;
  }
  return { topics, settings };
}
