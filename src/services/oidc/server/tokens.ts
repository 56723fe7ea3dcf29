import crypto, { type KeyObject } from 'node:crypto';
import type { Algorithm, Claims } from '../options.ts';
import { makeKey, type SigningKey } from './keys.ts';

/** What can be wrong with a token, by name: every app must refuse each of them. */
export const DEFECTS = [
  'expired',
  'notYet',
  'noExp',
  'wrongKey',
  'wrongAudience',
  'wrongIssuer',
  'unknownKid',
  'algNone',
  'hs256WithPublicKey',
  'tampered',
] as const;
export type Defect = (typeof DEFECTS)[number];

const HOUR_S = 3600;
const ELSEWHERE = 'https://elsewhere.example';

export function signToken(key: SigningKey, claims: Claims): string {
  return sign({ alg: key.algorithm, typ: 'JWT', kid: key.kid }, claims, key.privateKey);
}

/** A token that is right in all but one respect. */
export async function signDefective(key: SigningKey, claims: Claims, defect: Defect): Promise<string> {
  const now = nowSeconds();
  const header = { alg: key.algorithm, typ: 'JWT', kid: key.kid };
  const other = async (kid: string) => sign({ ...header, kid }, claims, (await strangerOf(key.algorithm)).privateKey);
  switch (defect) {
    case 'expired':
      return signToken(key, { ...claims, iat: now - 2 * HOUR_S, exp: now - HOUR_S });
    case 'notYet':
      return signToken(key, { ...claims, nbf: now + HOUR_S, exp: now + 2 * HOUR_S });
    case 'noExp': {
      const { exp: _, ...rest } = claims;
      return signToken(key, rest);
    }
    case 'wrongKey':
      return other(key.kid);
    case 'unknownKid':
      return other(crypto.randomUUID());
    case 'wrongAudience':
      return signToken(key, { ...claims, aud: ELSEWHERE });
    case 'wrongIssuer':
      return signToken(key, { ...claims, iss: ELSEWHERE });
    case 'algNone':
      return `${part({ ...header, alg: 'none' })}.${part(claims)}.`;
    case 'hs256WithPublicKey': {
      const text = `${part({ ...header, alg: 'HS256' })}.${part(claims)}`;
      const secret = key.publicKey.export({ type: 'spki', format: 'pem' });
      return `${text}.${crypto.createHmac('sha256', secret).update(text).digest('base64url')}`;
    }
    case 'tampered': {
      const [head, , signature] = signToken(key, claims).split('.');
      return `${head}.${part({ ...claims, sub: 'admin', scope: 'admin' })}.${signature}`;
    }
  }
}

/** The claims of a token that this key has signed and that has not expired; undefined for all others. */
export function readToken(key: SigningKey, token: string): Claims | undefined {
  const [head, body, signature, ...more] = token.split('.');
  if (!head || !body || !signature || more.length > 0) return undefined;
  try {
    const signed = Buffer.from(`${head}.${body}`);
    if (!crypto.verify('sha256', signed, toKeyInput(key.publicKey), Buffer.from(signature, 'base64url'))) return undefined;
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims;
    return Number(claims.exp) > nowSeconds() ? claims : undefined;
  } catch {
    return undefined;
  }
}

/** `at_hash` of an ID token. */
export function halfHash(token: string): string {
  return crypto.createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url');
}

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

function sign(header: object, claims: Claims, privateKey: KeyObject): string {
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${crypto.sign('sha256', Buffer.from(text), toKeyInput(privateKey)).toString('base64url')}`;
}

/** JWS has the two numbers of an ECDSA signature one behind the other. */
function toKeyInput(key: KeyObject) {
  return { key, dsaEncoding: 'ieee-p1363' as const };
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

const strangers = new Map<Algorithm, Promise<SigningKey>>();

function strangerOf(algorithm: Algorithm): Promise<SigningKey> {
  const stranger = strangers.get(algorithm) ?? makeKey(algorithm);
  strangers.set(algorithm, stranger);
  return stranger;
}
