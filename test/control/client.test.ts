import net from 'node:net';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { createControlClient } from '../../src/control/client.ts';
import { until } from '../helpers/until.ts';
import { type OpenControl, openControl, TOKEN } from './open-control.ts';

const key = { runner: 'run', mainPid: 42, slot: 'main' };
const overSocket = ({ server }: OpenControl) => createControlClient({ socketPath: server.socketPath, token: TOKEN });
const releases = ({ door }: OpenControl) => door.calls.filter((call) => call.startsWith('release'));

describe('the client', () => {
  test('asks over the Unix socket as over the URL', async () => {
    await using control = await openControl();
    for (const client of [overSocket(control), createControlClient({ url: control.server.url, token: TOKEN })]) {
      expect((await client.status()).project.name).toBe('shop');
      expect((await client.service('db')).port).toBe(5432);
      expect((await client.restartService('db')).state).toBe('ready');
      expect((await client.env()).env).toHaveProperty('RUN_INTEGRATION_TESTS', 'true');
    }
  });

  test('throws the error that the session answered', async () => {
    await using control = await openControl();
    await expect(overSocket(control).stopService('nope')).rejects.toMatchObject({
      code: 'SEATRIAL_SERVICE_NOT_FOUND',
      details: { services: ['db', 'cache'] },
    });
    const stranger = createControlClient({ url: control.server.url, token: 'wrong' });
    await expect(stranger.status()).rejects.toMatchObject({ code: 'SEATRIAL_CONTROL_REJECTED' });
  });

  test('says where nobody answers', async () => {
    await using control = await openControl();
    const socketPath = path.join(control.folder, 'nobody.sock');
    await expect(createControlClient({ socketPath, token: TOKEN }).status()).rejects.toMatchObject({
      code: 'SEATRIAL_CONTROL_UNREACHABLE',
      details: { where: socketPath },
    });
  });

  test.each([
    [
      'speaks another version of the API',
      'HTTP/1.1 200 OK\r\nSeatrial-Api-Version: 2\r\n\r\n{}',
      'SEATRIAL_CONTROL_REJECTED',
      /version 2 .* speaks 1/,
    ],
    ['is another web server', 'HTTP/1.1 200 OK\r\n\r\n<html>', 'SEATRIAL_CONTROL_REJECTED', /not a session of Seatrial/],
    ['is no web server', 'READY\r\n', 'SEATRIAL_CONTROL_UNREACHABLE', /does not speak HTTP/],
    ['hangs up', '', 'SEATRIAL_CONTROL_UNREACHABLE', /does not answer/],
  ])('is clear about one that %s', async (_what, answer, code, message) => {
    const server = net.createServer((socket) => void socket.on('error', () => {}).once('data', () => socket.end(answer)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    const asked = createControlClient({ url: `http://127.0.0.1:${port}`, token: TOKEN }).status();
    await expect(asked).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    await new Promise((resolve) => server.close(resolve));
  });

  test('gives up on a session that does not answer in time', async () => {
    await using control = await openControl();
    control.door.gate = new Promise(() => {});
    await expect(overSocket(control).createLease(key, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'SEATRIAL_CONTROL_UNREACHABLE',
      message: expect.stringContaining('no answer within 50 ms'),
    });
  });

  test('ends the session, and is back when the server has closed', async () => {
    await using control = await openControl();
    control.door.stop = async () => void setImmediate(() => control.server.close());
    await overSocket(control).stopSession();
    await expect(overSocket(control).status()).rejects.toMatchObject({ code: 'SEATRIAL_CONTROL_UNREACHABLE' });
  });

  test('yields events as they come', async () => {
    await using control = await openControl();
    control.door.emit({ type: 'session.opened', session: 's1' });
    for await (const event of overSocket(control).events()) {
      if (event.type === 'session.opened')
        control.door.emit({ type: 'service.progress', service: 'db', line: 'half of it: 50 %' });
      else {
        expect(event).toMatchObject({ line: 'half of it: 50 %' });
        break;
      }
    }
  });
});

describe('a lease', () => {
  test('is the same for the same key, and another for another slot', async () => {
    await using control = await openControl();
    const client = overSocket(control);
    const [a, b, c] = [await client.createLease(key), await client.holdLease(key), await client.holdLease({ ...key, slot: '2' })];
    expect([b.lease.id, c.lease.id]).toEqual([a.lease.id, 'l2']);
    expect(a.replaces).toEqual({ DATABASE_URL: 'postgres://main@127.0.0.1/main', PGDATABASE: 'main' });
    await Promise.all([b.release(), c.release()]);
  });

  test('that is held ends with the connection', async () => {
    await using control = await openControl();
    const leaving = new AbortController();
    const { lease, lost } = await overSocket(control).holdLease(key, { signal: leaving.signal });
    expect((await overSocket(control).leases()).map(({ id }) => id)).toEqual([lease.id]);
    leaving.abort();
    await lost;
    await until(() => releases(control).length > 0);
    expect(releases(control)).toEqual([`release ${lease.id} disconnected`]);
  });

  test('with two holders ends with the last of them', async () => {
    await using control = await openControl();
    const [first, second] = [new AbortController(), new AbortController()];
    const client = overSocket(control);
    await client.holdLease(key, { signal: first.signal });
    await client.holdLease(key, { signal: second.signal });
    first.abort();
    await client.status();
    await client.status();
    expect(releases(control)).toEqual([]);
    second.abort();
    await until(() => releases(control).length > 0);
    expect(releases(control)).toEqual(['release l1 disconnected']);
  });

  test('that is not held survives its connection, until it is released by its id', async () => {
    await using control = await openControl();
    const client = overSocket(control);
    const { lease } = await client.createLease(key);
    expect((await client.leases()).map(({ id }) => id)).toEqual([lease.id]);
    await client.releaseLease(lease.id);
    expect(releases(control)).toEqual([`release ${lease.id} released`]);
    await expect(client.releaseLease(lease.id)).rejects.toMatchObject({
      code: 'SEATRIAL_CONTROL_REJECTED',
      message: expect.stringContaining('no lease l1'),
    });
  });

  test('that is released by its holder is released once', async () => {
    await using control = await openControl();
    const held = await overSocket(control).holdLease(key);
    await held.release();
    await held.release();
    await overSocket(control).status();
    expect(releases(control)).toEqual(['release l1 released']);
  });

  test('whose asker has gone before it was made ends at once', async () => {
    await using control = await openControl();
    let open = () => {};
    control.door.gate = new Promise((resolve) => {
      open = resolve;
    });
    const acquire = control.door.acquire;
    control.door.acquire = (asked) => acquire(asked, new AbortController().signal); // a session that notices too late
    const leaving = new AbortController();
    const asked = overSocket(control).holdLease(key, { signal: leaving.signal });
    await until(() => control.door.calls.includes('acquire run/main'));
    leaving.abort();
    await expect(asked).rejects.toThrow();
    open();
    await until(() => releases(control).length > 0);
    expect(releases(control)).toEqual(['release l1 disconnected']);
  });

  test('that somebody else asked for first, and left, is kept for the second', async () => {
    await using control = await openControl();
    let open = () => {};
    control.door.gate = new Promise((resolve) => {
      open = resolve;
    });
    const acquire = control.door.acquire;
    control.door.acquire = (asked) => acquire(asked, new AbortController().signal);
    const leaving = new AbortController();
    const first = overSocket(control).holdLease(key, { signal: leaving.signal });
    const second = overSocket(control).holdLease(key);
    await until(() => control.door.calls.filter((call) => call === 'acquire run/main').length === 2);
    leaving.abort();
    await expect(first).rejects.toThrow();
    await overSocket(control).status();
    open();
    const held = await second;
    await overSocket(control).status();
    expect(releases(control)).toEqual([]);
    await held.release();
  });

  test('is left to the session when the server closes', async () => {
    await using control = await openControl();
    const { lost } = await overSocket(control).holdLease(key);
    await control.server.close();
    await lost;
    expect(releases(control)).toEqual([]);
  });

  test('over the lease of a run says what the main process of that run has', async () => {
    await using control = await openControl();
    const client = overSocket(control);
    const run = await client.holdLease(key);
    const worker = await client.createLease({ ...key, runner: 'vitest' }, { over: run.lease.id });
    expect(worker.replaces).toEqual(run.lease.env);
    await run.release();
    await expect(client.createLease({ ...key, slot: '2' }, { over: run.lease.id })).rejects.toMatchObject({
      code: 'SEATRIAL_CONTROL_REJECTED',
    });
  });

  test('carries the greeting of the plug-in', async () => {
    await using control = await openControl();
    await overSocket(control).createLease(key, { hello: { plugin: 'seatrial-node', version: '1' } });
    await overSocket(control).hello({ ...key, slot: 'gw0' }, 'pytest-seatrial', '1');
    expect(control.door.helloes).toEqual(['run/main seatrial-node', 'run/gw0 pytest-seatrial']);
  });
});
