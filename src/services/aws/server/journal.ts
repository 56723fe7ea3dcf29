import type { SpyMessage } from './fauxqs.ts';

/** A message as it was sent to a queue or published to a topic. */
export interface Sent {
  readonly kind: 'queue' | 'topic';
  readonly source: string;
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, { readonly StringValue?: string; readonly BinaryValue?: string }>>;
  readonly at: number;
  readonly subject?: string | undefined;
}

/** Keeps what consumers take, so that tests can still see it. */
export interface Journal {
  note(event: SpyMessage): void;
  /** Of what is published from here to the next call. */
  nextSubject(subject: string | undefined): void;
  /** Oldest first. */
  of(kind: Sent['kind'], source: string): readonly Sent[];
  /** Message ids that have gone to a dead-letter queue, by `queue id`. */
  wentDead(queue: string, id: string): boolean;
  restart(sent: readonly Sent[]): void;
}

/** A run that never takes its state back must not fill the memory. */
const KEPT = 10_000;

export function createJournal(): Journal {
  let entries: Sent[] = [];
  let dead = new Set<string>();
  let subject: string | undefined;
  return {
    note(event) {
      if (event.service === 's3') return;
      const { messageId: id, body, messageAttributes: attributes, timestamp: at } = event;
      if (event.service === 'sns') entries.push({ kind: 'topic', source: event.topicName, id, body, attributes, at, subject });
      else if (event.status === 'dlq') dead.add(`${event.queueName} ${id}`);
      else if (event.status === 'published') entries.push({ kind: 'queue', source: event.queueName, id, body, attributes, at });
      if (entries.length > KEPT) entries = entries.slice(-KEPT / 2);
    },
    nextSubject(text) {
      subject = text;
    },
    of: (kind, source) => entries.filter((entry) => entry.kind === kind && entry.source === source),
    wentDead: (queue, id) => dead.has(`${queue} ${id}`),
    restart(sent) {
      entries = [...sent];
      dead = new Set();
    },
  };
}
