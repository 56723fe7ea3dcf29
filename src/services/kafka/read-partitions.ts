import type { KafkaClient } from './protocol/client.ts';
import type { Batch } from './protocol/records.ts';
import { fetchBatches } from './protocol/transfer.ts';

/** All committed batches of a topic, by partition, from these positions to its end. */
export async function readPartitions(
  client: KafkaClient,
  topic: string,
  starts: readonly number[],
): Promise<readonly (readonly Batch[])[]> {
  const found: Batch[][] = starts.map(() => []);
  const at = [...starts];
  let open = starts.map((_, partition) => partition);
  while (open.length > 0) {
    const fetched = await fetchBatches(
      client,
      open.map((partition) => ({ topic, partition, offset: at[partition] as number })),
      0,
    );
    for (const { partition, batches, next } of fetched) {
      found[partition]?.push(...batches);
      if (next === at[partition]) open = open.filter((one) => one !== partition);
      at[partition] = next;
    }
  }
  return found;
}
