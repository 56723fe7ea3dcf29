import type { IncomingMessage } from 'node:http';
import { refuse } from './refuse.ts';
import { schemas } from './schemas.ts';
import { type Schema, validate } from './validate.ts';

const MAX_BYTES = 64 * 1024;

/** Reads the body as JSON that fits `schema`. */
export async function readBody(request: IncomingMessage, schema: Schema): Promise<unknown> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type))
    throw refuse(415, `the content type is ${JSON.stringify(type)}`, { hint: 'send `Content-Type: application/json`' });
  const value = parse(await readText(request));
  const problems = validate(value, schema, schemas);
  if (problems.length > 0) throw refuse(400, problems.join('; '), { details: { problems } });
  return value;
}

/** By events: an iterator over the request costs more than all else that is done for a short body. */
function readText(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BYTES) return void chunks.push(chunk);
      request.pause();
      reject(refuse(413, `the body is larger than ${MAX_BYTES} bytes`));
    });
    request.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.once('error', reject);
    request.once('close', () => reject(new Error('the peer has gone'))); // after `end` this changes nothing
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refuse(400, `the body is not JSON: ${(error as Error).message}`);
  }
}
