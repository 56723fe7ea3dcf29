import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import type { EngineAddress } from '../../core/container.ts';

/** HTTP to an engine, on its Unix socket or by TCP. */
export interface EngineClient {
  readonly address: EngineAddress;
  /** The answer with its headers there and its body to come, whatever the status. Waits as long as it takes. */
  open(method: string, path: string, options?: CallOptions): Promise<http.IncomingMessage>;
  /** The answer as JSON, or text where it is none; rejects with an `EngineError` for a status of 400 and above. */
  call<T = unknown>(method: string, path: string, options?: CallOptions): Promise<T>;
}

export interface CallOptions {
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** JSON, or the bytes of an archive. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function createClient(address: EngineAddress): EngineClient {
  const target = requestTarget(address);
  const open: EngineClient['open'] = (method, at, { query = {}, body, headers = {}, signal } = {}) =>
    new Promise((resolve, reject) => {
      const bytes = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
      const type = Buffer.isBuffer(body) ? 'application/x-tar' : 'application/json';
      const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
        value === undefined ? [] : [[name, value]],
      );
      const search = given.length > 0 ? `?${new URLSearchParams(given)}` : '';
      const request = target.module.request({
        ...target.options,
        method,
        path: `${at}${search}`,
        headers: {
          Host: 'docker',
          ...(bytes ? { 'Content-Type': type, 'Content-Length': String((bytes as Buffer).length) } : {}),
          ...headers,
        },
        ...(signal ? { signal } : {}),
      });
      request.once('response', resolve).once('error', reject);
      request.end(bytes);
    });
  return {
    address,
    open,
    call: async <T>(method: string, at: string, options?: CallOptions) => {
      const response = await open(method, at, options);
      const text = await readAll(response);
      const status = response.statusCode ?? 0;
      if (status >= 400) throw new EngineError(status, messageOf(text) || `status ${status}`);
      return (response.headers['content-type']?.includes('json') && text ? JSON.parse(text) : text) as T;
    },
  };
}

export async function readAll(response: http.IncomingMessage, encoding: BufferEncoding = 'utf8'): Promise<string> {
  response.setEncoding(encoding);
  let text = '';
  for await (const part of response) text += part;
  return text;
}

function messageOf(text: string): string {
  try {
    return String((JSON.parse(text) as { message?: unknown }).message ?? text).trim();
  } catch {
    return text.trim();
  }
}

function requestTarget({ url, certificates }: EngineAddress): {
  readonly module: typeof http | typeof https;
  readonly options: https.RequestOptions;
} {
  const socketPath = /^unix:\/\/(.+)/.exec(url)?.[1];
  if (socketPath) return { module: http, options: { socketPath, agent: new http.Agent({ keepAlive: true }) } };
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  if (certificates === undefined && protocol !== 'https:')
    return { module: http, options: { host, port: port || 2375, agent: new http.Agent({ keepAlive: true }) } };
  const read = (name: string) => (certificates === undefined ? undefined : fs.readFileSync(path.join(certificates, name)));
  const tls = { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') };
  return { module: https, options: { host, port: port || 2376, ...tls, agent: new https.Agent({ keepAlive: true, ...tls }) } };
}
