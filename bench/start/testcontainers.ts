import { PostgreSqlContainer } from '@testcontainers/postgresql';
import { getContainerRuntimeClient, ImageName } from 'testcontainers';
import { timed } from '../lib/program.ts';
import type { BenchCase } from '../lib/run-interleaved.ts';
import { query } from './query.ts';

const IMAGE = 'postgres:18';
const DATA = '/var/lib/postgresql';

/** What testcontainers-node users do, with the image already there; or why it can't be measured here. */
export async function testcontainersCases(): Promise<{
  readonly cases: readonly BenchCase[];
  readonly note: string | undefined;
  readonly engine: string;
}> {
  // Its helper container is one more image; without it these cases are a little faster than in most users' hands.
  process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
  let engine = 'none';
  try {
    const client = await getContainerRuntimeClient();
    engine = `Docker ${client.info.containerRuntime.serverVersion}`;
    if (!(await client.image.exists(ImageName.fromString(IMAGE))))
      return { cases: [], note: `testcontainers not measured: no image ${IMAGE} on this machine`, engine };
  } catch (error) {
    return {
      cases: [],
      note: `testcontainers not measured: no container engine answers (${error instanceof Error ? error.message : error})`,
      engine,
    };
  }
  const fast = () =>
    new PostgreSqlContainer(IMAGE)
      .withTmpFs({ [DATA]: 'rw' })
      .withCommand(['postgres', '-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'synchronous_commit=off']);
  return {
    cases: [
      toCase('testcontainers-node, defaults', () => new PostgreSqlContainer(IMAGE)),
      toCase('testcontainers-node, fsync off + tmpfs', fast),
    ],
    note: 'testcontainers runs without its reaper container (TESTCONTAINERS_RYUK_DISABLED), which makes it a little faster than in most hands',
    engine,
  };
}

function toCase(name: string, create: () => PostgreSqlContainer): BenchCase {
  return {
    name,
    async sample() {
      let stop = async (): Promise<unknown> => undefined;
      const ms = await timed(async () => {
        const container = await create().start();
        stop = () => container.stop();
        await query({
          host: container.getHost(),
          port: container.getPort(),
          user: container.getUsername(),
          password: container.getPassword(),
          database: container.getDatabase(),
        });
      });
      await stop();
      return ms;
    },
  };
}
