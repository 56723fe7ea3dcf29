import http from 'node:http';

export interface EtcdTarget {
  readonly host: string;
  readonly port: number;
}

export interface KeyValue {
  readonly key: string;
  readonly value?: string;
  readonly lease?: string;
}
interface Answer {
  readonly header: { readonly revision: string };
}
export interface RangeAnswer extends Answer {
  readonly kvs?: readonly KeyValue[];
  /** How many keys there are, also of those that were not asked for. */
  readonly count?: string;
}
export type Operation =
  | { readonly request_put: { readonly key: string; readonly value: string; readonly lease?: string } }
  | { readonly request_delete_range: { readonly key: string } };

/** The JSON gateway of etcd 3.4 and later: keys and values are base64, numbers of 64 bits are text, what is zero is left out. */
export interface EtcdClient extends Disposable {
  members(): Promise<{ readonly members: readonly { readonly name?: string }[] }>;
  /** Every key; `since`: those that were written in this revision or later. */
  range(wanted?: { readonly limit?: number; readonly since?: string }): Promise<RangeAnswer>;
  /** All or nothing, as one revision. */
  change(operations: readonly Operation[]): Promise<Answer>;
  leases(): Promise<{ readonly leases?: readonly { readonly ID: string }[] }>;
  timeToLive(id: string): Promise<{ readonly grantedTTL?: string }>;
  grant(id: string, seconds: string): Promise<unknown>;
  revoke(id: string): Promise<unknown>;
}

const FIRST_KEY = Buffer.from([0]).toString('base64');

/** Keeps its connection; each request must be answered within `timeoutMs`, or before `signal` aborts. */
export function createEtcdClient(
  { host, port }: EtcdTarget,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): EtcdClient {
  const agent = new http.Agent({ keepAlive: true, noDelay: true });
  const post = <T>(path: string, body: unknown): Promise<T> =>
    new Promise((resolve, reject) => {
      const limit = AbortSignal.timeout(options.timeoutMs);
      const signal = options.signal ? AbortSignal.any([limit, options.signal]) : limit;
      const fail = (error: Error) => reject(signal.aborted ? signal.reason : error);
      const request = http.request({ host, port, path, method: 'POST', agent, signal }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('error', fail).on('end', () => {
          if (response.statusCode === 200) resolve(JSON.parse(text) as T);
          else reject(new Error(`${host}:${port} answers to ${path} with ${response.statusCode}: ${messageIn(text)}`));
        });
      });
      request.on('error', fail).end(JSON.stringify(body));
    });
  return {
    members: () => post('/v3/cluster/member/list', {}),
    range: ({ limit = 0, since = '0' } = {}) =>
      post('/v3/kv/range', { key: FIRST_KEY, range_end: FIRST_KEY, limit, min_mod_revision: since }),
    change: (operations) => post('/v3/kv/txn', { success: operations }),
    leases: () => post('/v3/lease/leases', {}),
    timeToLive: (id) => post('/v3/lease/timetolive', { ID: id }),
    grant: (id, seconds) => post('/v3/lease/grant', { ID: id, TTL: seconds }),
    revoke: (id) => post('/v3/lease/revoke', { ID: id }),
    [Symbol.dispose]: () => agent.destroy(),
  };
}

function messageIn(text: string): string {
  try {
    return String((JSON.parse(text) as { readonly message?: string }).message);
  } catch {
    return text.trim().slice(0, 200);
  }
}
