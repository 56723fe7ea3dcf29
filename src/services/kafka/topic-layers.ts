import { setTimeout as sleep } from 'node:timers/promises';
import type { Endpoint } from '../../core/connection.ts';
import type { OnlineLayer } from '../../core/launch-spec.ts';
import { type KafkaClient, openKafkaClient } from './protocol/client.ts';
import { createTopics, findCoordinator, readMetadata } from './protocol/topics.ts';
import { look } from './reset/look.ts';

const WAIT_MS = 20;

/** The broker's own topics, which the first consumer and the first transaction would wait for, and those of the configuration. */
export function topicLayers(topics: Readonly<Record<string, number>>): readonly OnlineLayer[] {
  const named = Object.entries(topics).map(([name, partitions]) => ({ name, partitions }));
  return [
    {
      kind: 'online',
      title: 'topics of the broker',
      key: { coordinators: 1 },
      build: ({ endpoint, signal }) => withClient(endpoint, signal, makeCoordinators),
    },
    ...(named.length === 0
      ? []
      : [
          {
            kind: 'online',
            title: 'topics',
            key: { topics },
            build: ({ endpoint, signal }) =>
              withClient(endpoint, signal, async (client) => {
                await createTopics(client, named);
                await look(client); // waits until they can be written to
              }),
          } satisfies OnlineLayer,
        ]),
  ];
}

/** That there is none is also how the broker says that it is making one. */
async function makeCoordinators(client: KafkaClient, signal: AbortSignal): Promise<void> {
  for (const kind of ['group', 'transaction'] as const) await findCoordinator(client, kind).catch(() => {});
  const expected = ['__consumer_offsets', '__transaction_state'];
  for (;;) {
    const { topics } = await readMetadata(client);
    if (expected.every((name) => topics.some((topic) => topic.name === name))) return;
    await sleep(WAIT_MS, undefined, { signal });
  }
}

async function withClient(
  { host, port }: Endpoint,
  signal: AbortSignal,
  run: (client: KafkaClient, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  using client = await openKafkaClient({ host, port }, signal);
  await run(client, signal);
}
