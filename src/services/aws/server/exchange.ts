import type http from 'node:http';
import type { ActionReply } from './fauxqs.ts';

/** One request, read to its end. */
export interface Exchange {
  readonly method: string;
  /** Decoded, without the slash at its beginning. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** Fields of a body that is a form; with `Action` it is a call of the Query protocol. */
  readonly form: Readonly<Record<string, string>>;
  readonly reply: Reply;
  /** The client has closed the connection: nobody will read the answer. */
  isGone(): boolean;
}

export interface Reply extends ActionReply {
  status(code: number): Reply;
}

export async function readExchange(request: http.IncomingMessage, response: http.ServerResponse): Promise<Exchange> {
  const [rawPath = '/', rawQuery = ''] = splitAt(request.url ?? '/', '?');
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
  const body = Buffer.concat(chunks);
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  return {
    method: request.method ?? 'GET',
    path: decodeURIComponent(rawPath).slice(1),
    query: Object.fromEntries(new URLSearchParams(rawQuery)),
    headers,
    body,
    form: isForm ? Object.fromEntries(new URLSearchParams(body.toString())) : {},
    reply: createReply(response, request.method === 'HEAD'),
    isGone: () => response.destroyed,
  };
}

function createReply(response: http.ServerResponse, bare: boolean): Reply {
  const reply: Reply = {
    header: (name, value) => void response.setHeader(name, value),
    status(code) {
      response.statusCode = code;
      return reply;
    },
    send(body) {
      if (body === undefined && !response.hasHeader('content-length') && response.statusCode !== 304)
        response.setHeader('content-length', 0);
      response.end(bare ? undefined : body);
    },
  };
  return reply;
}

function splitAt(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
