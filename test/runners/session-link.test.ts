import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

type Link = (method: string, path: string, body?: unknown) => Promise<unknown>;
const { createSessionLink } = (await import(new URL('../../src/runners/session-link.mjs', import.meta.url).href)) as {
  createSessionLink(control: { readonly path: string; readonly token: string }): Link;
};

const HEAD = 'HTTP/1.1 200 OK\r\nSeatrial-Api-Version: 1\r\n';
const answer = (value: unknown) => {
  const text = JSON.stringify(value);
  return `${HEAD}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
};

/** A server that hands each request, with the number of its connection, to the test. */
async function serve(onRequest: (socket: net.Socket, request: string, connection: number) => void) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'link-'));
  const socketPath = path.join(folder, 's');
  const sockets = new Set<net.Socket>();
  let connections = 0;
  const server = net.createServer((socket) => {
    const connection = ++connections;
    sockets.add(socket.on('error', () => {}));
    socket.setEncoding('utf8').on('data', (text: string) => onRequest(socket, text, connection));
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    fs.rmSync(folder, { recursive: true });
  });
  return createSessionLink({ path: socketPath, token: 'secret' });
}

test('asks one thing after another over one connection', async () => {
  const seen: string[] = [];
  const call = await serve((socket, request, connection) => {
    seen.push(`${connection} ${request.split('\r\n')[0]}`);
    setImmediate(() => socket.write(answer({ at: seen.length })));
  });
  expect(await Promise.all([call('POST', '/a', { x: 1 }), call('GET', '/b'), call('GET', '/c')])).toEqual([
    { at: 1 },
    { at: 2 },
    { at: 3 },
  ]);
  expect(seen).toEqual(['1 POST /a HTTP/1.1', '1 GET /b HTTP/1.1', '1 GET /c HTTP/1.1']);
});

test('opens another connection when the session has closed the first in idle time, and asks again when that was noticed late', async () => {
  const requests: string[] = [];
  const call = await serve((socket, request, connection) => {
    requests.push(`${connection} ${request.split(' ')[1]}`);
    if (connection === 1 && requests.length === 2) socket.destroy();
    else socket.write(answer({ connection }));
  });
  expect(await call('GET', '/a')).toEqual({ connection: 1 });
  expect(await call('GET', '/b')).toEqual({ connection: 2 });
  expect(requests).toEqual(['1 /a', '1 /b', '2 /b']);
});

test('does not ask again when the answer had begun, or the connection was new', async () => {
  const requests: string[] = [];
  const call = await serve((socket, request) => {
    requests.push(request.split(' ')[1] ?? '');
    if (requests.length > 1) socket.write(HEAD);
    socket.end();
  });
  await expect(call('GET', '/a')).rejects.toThrow('the connection was closed');
  await expect(call('GET', '/b')).rejects.toThrow();
  expect(requests).toEqual(['/a', '/b']);
});

test('reads answers that come in pieces, in the middle of a character too', async () => {
  const bytes = Buffer.from(answer({ name: 'Müller – ✓' }));
  const call = await serve((socket) => {
    let at = 0;
    const next = () => {
      if (at === bytes.length) return;
      socket.write(bytes.subarray(at, ++at), () => setImmediate(next));
    };
    next();
  });
  expect(await call('GET', '/a')).toEqual({ name: 'Müller – ✓' });
});

test('throws what the session refused with, and what does not speak its language', async () => {
  const texts = [
    answer({ code: 'SEATRIAL_TESTS_OVERLAP', message: 'two run', hint: 'wait' }).replace('200 OK', '409 Conflict'),
    answer({}).replace('Version: 1', 'Version: 2'),
    'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  ];
  const call = await serve((socket) => void socket.write(texts.shift() ?? ''));
  await expect(call('POST', '/reset')).rejects.toMatchObject({
    message: 'two run',
    code: 'SEATRIAL_TESTS_OVERLAP',
    hint: 'wait',
  });
  await expect(call('GET', '/a')).rejects.toThrow('the session speaks version 2 of the control API, this worker speaks 1');
  await expect(call('GET', '/a')).rejects.toThrow('what answers is not a session of Seatrial');
});

test('says when nothing answers', async () => {
  const call = createSessionLink({ path: path.join(os.tmpdir(), 'link-of-nobody'), token: 'secret' });
  await expect(call('GET', '/a')).rejects.toThrow('ENOENT');
});
