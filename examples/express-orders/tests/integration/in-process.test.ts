import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import { useBackend } from '../helpers/backend.ts';
import { createUser, GRACE } from '../helpers/factories.ts';
import { INTEGRATION } from '../helpers/integration.ts';

describe.runIf(INTEGRATION)('A8: supertest on the app in this process, beside a real server', () => {
  const backend = useBackend();
  let server: ChildProcess;
  let remote: ReturnType<typeof supertest>;

  beforeAll(async () => {
    server = spawn(process.execPath, ['src/server.ts'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(createInterface(server.stdout as NodeJS.ReadableStream), 'line');
    remote = supertest(line.replace('listening on ', ''));
  });
  afterAll(async () => {
    const exited = once(server, 'exit');
    server.kill();
    await exited;
  });

  // Twice: the server and its pool live on, what it has committed does not.
  test.for([1, 2])('what one of them commits the other reads, from row and cache: attempt %i', async () => {
    const { body: user } = await remote.post('/users').send(GRACE).expect(201);
    expect(user.id).toBe(1);
    expect((await backend.api.get('/users/1').expect(200)).body).toEqual(user);
    await backend.api.patch('/users/1').send({ name: 'Ada' }).expect(200);
    expect((await remote.get('/users/1').expect(200)).body.name).toBe('Ada');
  });

  test('a store can be put in the place of the real one, for the app in this process alone', async () => {
    const redis = backend.redis.duplicate({ keyPrefix: 'mine:' });
    try {
      await createUser({ ...backend, api: supertest(createApp({ db: backend.db, redis })) });
    } finally {
      await redis.quit();
    }
    expect((await backend.redis.keys('*')).sort()).toEqual(['mine:mails', 'mine:user:1']);
    await remote.get('/users/1').expect(200);
    expect(await backend.redis.exists('user:1')).toBe(1);
  });
});
