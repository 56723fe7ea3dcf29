/** Error codes of Kafka's protocol that mean something to us. */
export const CODES = {
  unknownTopic: 3,
  leaderNotAvailable: 5,
  notLeader: 6,
  coordinatorLoading: 14,
  coordinatorNotAvailable: 15,
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

/** What passes when metadata have reached the broker, where topics are made and ended by the controller, and when it has read its own topics. */
export function isPassing(error: unknown): boolean {
  const { unknownTopic, leaderNotAvailable, notLeader, coordinatorLoading, coordinatorNotAvailable } = CODES;
  const passing: readonly number[] = [unknownTopic, leaderNotAvailable, notLeader, coordinatorLoading, coordinatorNotAvailable];
  return error instanceof KafkaError && passing.includes(error.code);
}
