/** Error codes of Kafka's protocol that mean something to us. */
export const CODES = {
  unknownTopic: 3,
  leaderNotAvailable: 5,
  notLeader: 6,
  topicExists: 36,
  policyViolation: 44,
  nonEmptyGroup: 68,
  groupNotFound: 69,
} as const;

const NAMES: Readonly<Record<number, string>> = {
  1: 'offset out of range',
  2: 'corrupt message',
  10: 'message too large',
  17: 'invalid topic name',
  29: 'topic authorization failed',
  37: 'invalid number of partitions',
  40: 'invalid configuration',
  42: 'invalid request',
  87: 'invalid record',
  ...Object.fromEntries(
    Object.entries(CODES).map(([name, code]) => [code, name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)]),
  ),
};

export class KafkaError extends Error {
  readonly code: number;

  constructor(code: number, what: string, message?: string) {
    super(`${what}: ${message || NAMES[code] || 'refused'} (error ${code})`);
    this.name = 'KafkaError';
    this.code = code;
  }
}

export function check(code: number, what: string, message?: string): void {
  if (code !== 0) throw new KafkaError(code, what, message);
}

/** What passes when metadata have reached the broker: its topics are made and ended by the controller. */
export function isPassing(error: unknown): boolean {
  const passing: readonly number[] = [CODES.unknownTopic, CODES.leaderNotAvailable, CODES.notLeader];
  return error instanceof KafkaError && passing.includes(error.code);
}
