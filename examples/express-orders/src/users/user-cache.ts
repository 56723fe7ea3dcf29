import type { Redis } from 'ioredis';
import type { User } from './user.ts';

const TTL_SECONDS = 300;

export async function cacheUser(redis: Redis, user: User): Promise<void> {
  await redis.set(key(user.id), JSON.stringify(user), 'EX', TTL_SECONDS);
}

export async function cachedUser(redis: Redis, id: number): Promise<User | undefined> {
  const text = await redis.get(key(id));
  return text === null ? undefined : (JSON.parse(text) as User);
}

export async function forgetUser(redis: Redis, id: number): Promise<void> {
  await redis.del(key(id));
}

function key(id: number): string {
  return `user:${id}`;
}
