import type { Seed } from '../../../core/service.ts';
import { type KafkaTarget, openKafkaClient } from '../protocol/client.ts';
import { createBrokerStore } from './broker-store.ts';
import { createKeeper } from './keeper.ts';

/** What the session's own broker holds when leasing begins. */
export async function openSeed({ host, port }: KafkaTarget): Promise<Seed> {
  using seeded = await openKafkaClient({ host, port });
  const level = await createBrokerStore(seeded).capture();
  return {
    /** A broker on copied data has it all; one that starts empty, in a container, gets it now. */
    async fill(leased) {
      using client = await openKafkaClient({ host: leased.host, port: leased.port });
      const store = createBrokerStore(client);
      const { topics } = await store.capture();
      if ([...level.topics.keys()].some((name) => !topics.has(name))) await store.restore(level);
    },
    async openKeeper(leased) {
      const client = await openKafkaClient({ host: leased.host, port: leased.port });
      try {
        return await createKeeper(createBrokerStore(client), () => client[Symbol.dispose]());
      } catch (error) {
        client[Symbol.dispose]();
        throw error;
      }
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
