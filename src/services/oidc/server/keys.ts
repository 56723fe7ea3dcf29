import crypto, { type KeyObject } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Algorithm } from '../options.ts';

export interface SigningKey {
  readonly algorithm: Algorithm;
  /** Thumbprint of the public key (RFC 7638). */
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: Readonly<Record<string, unknown>>;
}

const generate = promisify(crypto.generateKeyPair);

/** A new key: 1 ms for ES256, 50 ms and much more for RS256. */
export async function makeKey(algorithm: Algorithm): Promise<SigningKey> {
  const { privateKey } =
    algorithm === 'RS256' ? await generate('rsa', { modulusLength: 2048 }) : await generate('ec', { namedCurve: 'P-256' });
  return toKey(algorithm, privateKey);
}

/** The key of this account on this machine, out of the cache; made there the first time. Whoever could read it could sign what tests take for good. */
export async function loadKey(algorithm: Algorithm, cacheDir: string): Promise<SigningKey> {
  const file = path.join(cacheDir, 'keys', `oidc-${algorithm.toLowerCase()}.pem`);
  const cached = readOwn(file);
  if (cached) return toKey(algorithm, cached);
  const key = await makeKey(algorithm);
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const draft = `${file}.${process.pid}`;
    fs.writeFileSync(draft, key.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
    fs.renameSync(draft, file);
  } catch {
    // a cache that can't be written: the next start makes its own
  }
  return key;
}

function readOwn(file: string): KeyObject | undefined {
  try {
    const { uid, mode } = fs.statSync(file);
    if (uid !== process.getuid?.() || (mode & 0o077) !== 0) return undefined;
    return crypto.createPrivateKey(fs.readFileSync(file));
  } catch {
    return undefined; // not there, or damaged
  }
}

function toKey(algorithm: Algorithm, privateKey: KeyObject): SigningKey {
  const publicKey = crypto.createPublicKey(privateKey);
  const { kty, n, e, crv, x, y } = publicKey.export({ format: 'jwk' });
  const needed = kty === 'RSA' ? { e, kty, n } : { crv, kty, x, y };
  const kid = crypto.createHash('sha256').update(JSON.stringify(needed)).digest('base64url');
  return { algorithm, kid, privateKey, publicKey, jwk: { ...needed, kid, use: 'sig', alg: algorithm } };
}
