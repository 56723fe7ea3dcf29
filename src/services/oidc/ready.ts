import http from 'node:http';
import https from 'node:https';
import type { Endpoint } from '../../core/connection.ts';
import type { ReadyCheck } from '../../core/service.ts';
import { settleAll } from '../../util/settle-all.ts';
import { PATHS } from './fields.ts';

/** The header in which an issuer of ours says which start it is. */
export const NONCE_HEADER = 'x-seatrial-nonce';
const TRY_TIMEOUT_MS = 3_000;

/** Asks for the discovery document at every address, and whether it is ours. */
export async function checkReady(issuer: URL, { port, addresses }: Endpoint, check: ReadyCheck): Promise<void> {
  await settleAll(addresses.map((host) => checkAddress(issuer, host, port, check)));
}

async function checkAddress(issuer: URL, host: string, port: number, { nonce, signal }: ReadyCheck): Promise<void> {
  const at = `${host}:${port}`;
  const { get } = issuer.protocol === 'https:' ? https : http;
  const path = issuer.pathname.replace(/\/$/, '') + PATHS.discovery;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TRY_TIMEOUT_MS)]);
  const { status, theirs, text } = await new Promise<{ status?: number; theirs?: unknown; text: string }>((resolve, reject) => {
    const request = get({ host, port, path, agent: false, signal: limit }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('error', reject).once('end', () => {
        resolve({ status: response.statusCode ?? 0, theirs: response.headers[NONCE_HEADER], text });
      });
    });
    request.once('error', (error) => reject(signal.aborted ? signal.reason : error));
  });
  if (nonce !== undefined && theirs !== nonce)
    throw new Error(`another HTTP server answers at ${at}: ${JSON.stringify(theirs ?? null)}`);
  if (status !== 200 || !text.includes('"token_endpoint"')) throw new Error(`${at} answered ${path} with status ${status}`);
}
