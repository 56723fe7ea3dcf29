import type { ImageSpec } from '../../core/image-spec.ts';
import { serverArguments } from './binary-spec.ts';
import type { RedisSettings } from './options.ts';

const PORT = 6379;

/** The official image, or one that keeps its contract: Valkey, Redis Stack. */
export function redisImage(asked: string | undefined, settings: RedisSettings): ImageSpec {
  return {
    kind: 'image',
    image: `redis:${asked ?? '7'}`,
    version: asked,
    versionOf: ({ env, labels }) => env.REDIS_VERSION ?? labels['org.opencontainers.image.version'],
    ports: [PORT],
    container: ({ image }) => ({
      args: [/valkey/.test(image) ? 'valkey-server' : 'redis-server', ...serverArguments(settings)],
      tmpfs: ['/data'],
    }),
  };
}
