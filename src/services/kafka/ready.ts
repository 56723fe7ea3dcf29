import type { Endpoint } from '../../core/connection.ts';
import type { ReadyCheck } from '../../core/service.ts';
import { settleAll } from '../../util/settle-all.ts';
import { openKafkaClient } from './protocol/client.ts';
import { listGroups, readMetadata } from './protocol/topics.ts';

const TRY_TIMEOUT_MS = 10_000;

/** Asks at each address for the brokers: there is one, its rack is the nonce of the start, and it knows its groups. Leaves no connection. */
export async function checkReady({ addresses, port }: Endpoint, { nonce, signal }: ReadyCheck): Promise<void> {
  await settleAll(
    addresses.map(async (host) => {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(TRY_TIMEOUT_MS)]);
      using client = await openKafkaClient({ host, port }, limit);
      const { brokers } = await readMetadata(client);
      const [broker] = brokers;
      if (!broker) throw new Error(`the broker at ${host}:${port} has not joined yet`);
      if (nonce !== undefined && broker.rack !== nonce) throw new Error(`another Kafka server answers at ${host}:${port}`);
      await listGroups(client); // rejects until the positions of groups have been read: no consumer could join
    }),
  );
}
