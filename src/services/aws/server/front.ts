import type http from 'node:http';
import type { Account } from './account.ts';
import { type Exchange, readExchange } from './exchange.ts';
import { answerNotImplemented, NotImplemented, type Protocol } from './not-implemented.ts';
import { handleS3 } from './s3.ts';
import { handleSns } from './sns.ts';
import { handleSqs } from './sqs.ts';

/** What an address answers with, and for whom. */
export interface FrontOptions {
  readonly account: Account;
  /** Calls to other services are refused. */
  readonly services: readonly string[];
  /** To whoever asks whether it is ready. */
  readonly health: object;
}

type Handler = (account: Account, exchange: Exchange) => void | Promise<void>;

const HANDLERS: Readonly<Record<string, Handler>> = {
  s3: handleS3,
  sqs: handleSqs,
  sns: handleSns,
  sts: handleSns,
};
/** The second is where scripts for LocalStack look. */
const HEALTH = ['_seatrial/health', '_localstack/health'];
/** Of the Query protocol, whose requests name nothing else. */
const API_VERSIONS: Readonly<Record<string, string>> = { '2010-03-31': 'sns', '2011-06-15': 'sts', '2012-11-05': 'sqs' };

/** Tells the services apart as AWS's own addresses would, and refuses by name what is not emulated. */
export function createFront(options: FrontOptions): http.RequestListener {
  const answer = async (exchange: Exchange) => {
    if (HEALTH.includes(exchange.path)) return answerHealth(options, exchange);
    const { protocol, service, action } = addresseeOf(exchange);
    try {
      const handler = Object.hasOwn(HANDLERS, service) ? HANDLERS[service] : undefined;
      if (!handler) throw new NotImplemented(`${service}:${action}`);
      if (service !== 'sts' && !options.services.includes(service))
        throw new NotImplemented(`${service}:${action}`, `${service} is not among the \`services\` of the configuration`);
      await handler(options.account, exchange);
    } catch (error) {
      if (!(error instanceof NotImplemented)) throw error;
      console.error(`501 ${error.message}`);
      answerNotImplemented(error, protocol, exchange.reply);
    }
  };
  return (request, response) => {
    readExchange(request, response)
      .then(answer)
      .catch((error: Error) => {
        console.error(error.stack ?? error.message);
        if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
        response.end(error.message);
      });
  };
}

function answerHealth({ services, health }: FrontOptions, { reply }: Exchange): void {
  reply.header('content-type', 'application/json');
  reply.send(JSON.stringify({ ...health, services: Object.fromEntries(services.map((name) => [name, 'running'])) }));
}

interface Addressee {
  readonly protocol: Protocol;
  readonly service: string;
  readonly action: string;
}

function addresseeOf({ headers, form, method, path }: Exchange): Addressee {
  const [prefix, name] = headers['x-amz-target']?.split('.') ?? [];
  if (prefix !== undefined && name !== undefined)
    return {
      protocol: 'json',
      service: prefix === 'AmazonSQS' ? 'sqs' : prefix.replace(/_\d{8}$/, '').toLowerCase(),
      action: name,
    };
  const signedFor = /Credential=[^/]+\/\d{8}\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? '')?.[1];
  if (form.Action !== undefined)
    return { protocol: 'query', service: API_VERSIONS[form.Version ?? ''] ?? signedFor ?? 'sns', action: form.Action };
  const service = signedFor ?? 's3';
  return { protocol: service === 's3' ? 's3' : 'json', service, action: `${method} /${path}` };
}
