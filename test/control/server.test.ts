import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { describe, expect, test } from 'vitest';
import { routes } from '../../src/control/routes.ts';
import { schemas } from '../../src/control/schemas.ts';
import { validate } from '../../src/control/validate.ts';
import { until } from '../helpers/until.ts';
import { notFound } from './memory-door.ts';
import { openControl, TOKEN } from './open-control.ts';

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON the server answers
  readonly json: any;
}

function ask(target: http.RequestOptions, method: string, path: string, body?: unknown, headers: http.OutgoingHttpHeaders = {}) {
  return new Promise<Answer>((resolve, reject) => {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const authorization = `Bearer ${TOKEN}`;
    const type = text === undefined ? {} : { 'content-type': 'application/json' };
    const request = http.request(
      { ...target, agent: false, method, path, headers: { authorization, ...type, ...headers } },
      (response) => {
        let received = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          received += chunk;
        });
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            json: received === '' ? undefined : JSON.parse(received),
          }),
        );
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(text);
  });
}
const tcp = (port: number) => ({ host: '127.0.0.1', port });
const key = { runner: 'vitest', mainPid: 77, slot: '1' };

describe('who is let in', () => {
  test('the token opens both doors, and the answer names the version of the API', async () => {
    await using control = await openControl();
    for (const target of [tcp(control.server.port), { socketPath: control.server.socketPath, headers: {} }]) {
      const host = 'socketPath' in target ? { host: 'seatrial' } : {};
      const { status, headers, json } = await ask(target, 'GET', '/v1/status', undefined, host);
      expect([status, headers['seatrial-api-version'], json.session]).toEqual([200, '1', 's1']);
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  test.each([
    ['no token', { authorization: '' }, 401],
    ['another token', { authorization: 'Bearer wrong' }, 401],
    ['the token with more behind it', { authorization: `Bearer ${TOKEN}x` }, 401],
    ['the token in another scheme', { authorization: `Basic ${TOKEN}` }, 401],
    ['a rebound name', { host: 'evil.example' }, 403],
    ['the right name with another port', { host: '127.0.0.1:1' }, 403],
    ['a web page', { origin: 'http://127.0.0.1' }, 403],
    ['a sandboxed web page', { origin: 'null' }, 403],
    ['a client of another version', { 'seatrial-api-version': '2' }, 400],
  ])('%s is refused, and does not count as use of the session', async (_who, headers, expected) => {
    await using control = await openControl();
    const { status, json } = await ask(tcp(control.server.port), 'GET', '/v1/status', undefined, headers);
    expect([status, json.code]).toEqual([expected, 'SEATRIAL_CONTROL_REJECTED']);
    expect(JSON.stringify(json)).not.toContain(TOKEN);
    expect(control.door.calls).toEqual([]);
  });

  test('the Unix socket can be opened by its owner only', async () => {
    await using control = await openControl();
    expect(fs.statSync(control.server.socketPath).mode & 0o777).toBe(0o600);
  });
});

describe('what is asked', () => {
  test('an unknown route is answered with the list of those that exist', async () => {
    await using control = await openControl();
    const { status, json } = await ask(tcp(control.server.port), 'GET', '/v1/stats');
    expect(status).toBe(404);
    expect(json.details.routes).toHaveLength(routes.length);
    expect(json.hint).toContain('GET /v1/status');
  });

  test('GET has no side effect: what changes something asks for another method', async () => {
    await using control = await openControl();
    for (const { path } of routes.filter(({ method }) => method !== 'GET')) {
      const { status } = await ask(tcp(control.server.port), 'GET', path.replace(/\{\w+\}/, 'db'));
      expect([200, 404, 405]).toContain(status);
    }
    expect(control.door.calls.filter((call) => call !== 'touch')).toEqual([]);
  });

  test.each([
    ['text that is not JSON', '{', undefined, 400, 'not JSON'],
    ['a missing name', { runner: 'vitest', mainPid: 1 }, undefined, 400, 'body.slot: is required'],
    ['a misspelt name', { ...key, holt: true }, undefined, 400, 'did you mean hold?'],
    ['a wrong type', { ...key, mainPid: '77' }, undefined, 400, 'body.mainPid: expected integer, got string'],
    ['a slot that is no word', { ...key, slot: 'a b' }, undefined, 400, 'body.slot: does not match'],
    ['a list', [key], undefined, 400, 'body: expected object, got array'],
    ['a huge body', `{"runner":"${'x'.repeat(1_000_000)}"}`, undefined, 413, 'larger than 65536 bytes'],
    ['another content type', JSON.stringify(key), { 'content-type': 'text/plain' }, 415, 'text/plain'],
  ])('%s is refused with what was expected', async (_what, body, headers, expected, words) => {
    await using control = await openControl();
    const { status, json } = await ask(tcp(control.server.port), 'POST', '/v1/leases', body, headers);
    expect([status, json.code]).toEqual([expected, 'SEATRIAL_CONTROL_REJECTED']);
    expect(json.message).toContain(words);
    expect(control.door.calls).toEqual(['touch']);
  });

  test('a service that does not exist is named, with the nearest one that does', async () => {
    await using control = await openControl();
    const { status, json } = await ask(tcp(control.server.port), 'POST', '/v1/services/cahce/restart');
    expect([status, json.code, json.hint]).toEqual([404, 'SEATRIAL_SERVICE_NOT_FOUND', 'did you mean cache?']);
  });

  test('a failure of the session is answered as its error, and one that is no error of ours as an internal one', async () => {
    await using control = await openControl();
    const failure = notFound('db');
    control.door.failure = failure;
    const known = await ask(tcp(control.server.port), 'POST', '/v1/services/db/restart');
    expect([known.status, known.json]).toEqual([500, failure.toJSON()]);
    control.door.failure = new Error('boom');
    const unknown = await ask(tcp(control.server.port), 'POST', '/v1/leases', key);
    expect([unknown.status, unknown.json.code]).toEqual([500, 'SEATRIAL_INTERNAL']);
    expect((await ask(tcp(control.server.port), 'GET', '/v1/status')).status).toBe(200);
  });

  test('every JSON answer fits the schema that the OpenAPI document shows for it', async () => {
    await using control = await openControl();
    await ask(tcp(control.server.port), 'POST', '/v1/leases', key);
    const bodies: Partial<Record<keyof typeof schemas, object>> = {
      LeaseRequest: { ...key, slot: '2', isolation: 'rewind' },
      BeginTest: { name: 'a', file: 'a.test.ts', between: 'keep' },
      EndTest: { outcome: 'passed', ms: 0.5 },
      ScopeChange: { scope: 'file' },
      MessagesRequest: { source: 'orders' },
    };
    for (const route of routes.filter(({ answers }) => answers.schema && answers.stream !== 'text/event-stream')) {
      const place = route.path.replace('{name}', 'db').replace('{id}', 'l1').replace('{test}', 't1').replace('{service}', 'db');
      const { status, json } = await ask(tcp(control.server.port), route.method, place, route.body && bodies[route.body]);
      expect([route.path, status]).toEqual([route.path, route.answers.status]);
      const schema = schemas[route.answers.schema as keyof typeof schemas];
      expect([route.path, ...validate(json, schema, schemas)]).toEqual([route.path]);
    }
  });

  test('messages are answered at once, when another comes, or when the time to wait is over; a body that is no UTF-8 as Base64', async () => {
    await using control = await openControl();
    const place = '/v1/leases/l1/services/events';
    const read = async (more: object) =>
      (await ask(tcp(control.server.port), 'POST', `${place}/messages`, { source: 'orders', ...more })).json.messages;
    const publish = (body: object) => ask(tcp(control.server.port), 'POST', `${place}/publish`, { source: 'orders', ...body });
    expect(await read({})).toEqual([]);
    expect(await read({ seen: 0, wait: 30 })).toEqual([]);
    const next = read({ seen: 0, wait: 30_000 });
    expect((await publish({ text: 'ä', key: 'k', headers: { a: 'b' } })).status).toBe(204);
    expect(await next).toEqual([{ source: 'orders', id: '1', key: 'k', headers: { a: 'b' }, text: 'ä' }]);
    await publish({ base64: '/w==' });
    expect((await read({ seen: 1, wait: 30_000 }))[1]).toMatchObject({ base64: '/w==' });
  });

  test('connections that break off, or talk nonsense, leave the server working', async () => {
    await using control = await openControl();
    for (const text of ['', '\0\0\0', 'GET', 'POST /v1/leases HTTP/1.1\r\nContent-Length: 99\r\n\r\n{'])
      await new Promise<void>((resolve) => {
        const socket = net.connect(control.server.port, '127.0.0.1', () =>
          socket.write(text || 'x', () => resolve(void socket.destroy())),
        );
      });
    expect((await ask(tcp(control.server.port), 'GET', '/v1/services')).json.services).toHaveLength(2);
  });
});

describe('the event stream', () => {
  test('replays the recent events and goes on with new ones', async () => {
    await using control = await openControl();
    control.door.emit({ type: 'session.opened', session: 's1' });
    const types: string[] = [];
    const request = http.request(
      { ...tcp(control.server.port), agent: false, path: '/v1/events', headers: { authorization: `Bearer ${TOKEN}` } },
      (response) => {
        expect(response.headers['content-type']).toBe('text/event-stream');
        response
          .setEncoding('utf8')
          .on('data', (chunk: string) => types.push(...Array.from(chunk.matchAll(/^event: (.*)$/gm), (m) => m[1] as string)));
        response.on('error', () => {});
      },
    );
    request.on('error', () => {});
    request.end();
    await until(() => types.length === 1);
    control.door.emit({ type: 'session.closed', session: 's1' });
    await until(() => types.length === 2);
    expect(types).toEqual(['session.opened', 'session.closed']);
    request.destroy();
  });
});
