import { Redis } from 'ioredis';
import pg from 'pg';

export interface Stores {
  readonly db: pg.Pool;
  readonly redis: Redis;
}

/** Opens the database and the cache named by DATABASE_URL and REDIS_URL; there is no other way to name them. */
export function openStores(env: NodeJS.ProcessEnv = process.env): Stores {
  const db = new pg.Pool({ connectionString: required(env, 'DATABASE_URL') });
  const redis = new Redis(required(env, 'REDIS_URL'));
  // Without a listener a lost idle connection would end the process; the next query reconnects.
  db.on('error', (error) => console.error(`database: ${error.message}`));
  redis.on('error', (error) => console.error(`redis: ${error.message}`));
  return { db, redis };
}

export async function closeStores({ db, redis }: Stores): Promise<void> {
  await Promise.all([db.end(), redis.quit()]);
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}
