import { randomUUID } from 'node:crypto';
import type { Reply } from './exchange.ts';

/** How clients of a service talk: SQS and newer services in JSON, SNS and older ones by Query, S3 by REST. */
export type Protocol = 'json' | 'query' | 's3';

/** A call that nothing here emulates. It fails by name; it is never answered as if it had been done. */
export class NotImplemented extends Error {
  constructor(action: string, why = 'it is not emulated') {
    super(`${action}: ${why}. Seatrial runs an emulator, not AWS; its page on the service aws lists what it knows`);
  }
}

/** 501, which clients don't try again, in the words of the protocol. */
export function answerNotImplemented({ message }: NotImplemented, protocol: Protocol, reply: Reply): void {
  const code = 'NotImplemented';
  const text = message.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const inner = `<Code>${code}</Code><Message>${text}</Message>`;
  const body = {
    json: JSON.stringify({ __type: code, message }),
    query: `<ErrorResponse><Error><Type>Receiver</Type>${inner}</Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
    s3: `<?xml version="1.0" encoding="UTF-8"?><Error>${inner}</Error>`,
  }[protocol];
  reply.header('content-type', protocol === 'json' ? 'application/x-amz-json-1.0' : 'text/xml');
  if (protocol === 'json') reply.header('x-amzn-errortype', code);
  reply.status(501).send(body);
}
