import type { Account } from './account.ts';
import type { Exchange } from './exchange.ts';
import { type ActionReply, type ActionRequest, decodeAwsChunked, type S3Action, S3Error, s3Actions } from './fauxqs.ts';
import { NotImplemented } from './not-implemented.ts';
import { s3Operation } from './s3-operation.ts';

interface Operation {
  readonly run: S3Action;
  /** Parameters of the query that it honours: others are refused, since they would mean something else. */
  readonly parameters: readonly string[];
  readonly writes: boolean;
}

const LISTING = ['list-type', 'prefix', 'delimiter', 'max-keys', 'marker', 'start-after', 'continuation-token', 'encoding-type'];
const RESPONSE = ['content-type', 'content-language', 'expires', 'cache-control', 'content-disposition', 'content-encoding'];
const UPLOAD = ['uploadId', 'partNumber'];

/** By name of the operation. What is not here is answered with 501. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  ListBuckets: read(s3Actions.ListBuckets),
  CreateBucket: write(s3Actions.CreateBucket),
  HeadBucket: read(s3Actions.HeadBucket),
  DeleteBucket: write(s3Actions.DeleteBucket),
  GetBucketLocation: read(answerLocation, ['location']),
  GetBucketVersioning: read(answerVersioning, ['versioning']),
  GetBucketLifecycleConfiguration: read(s3Actions.GetBucketLifecycleConfiguration, ['lifecycle']),
  PutBucketLifecycleConfiguration: write(s3Actions.PutBucketLifecycleConfiguration, ['lifecycle']),
  DeleteBucketLifecycle: write(s3Actions.DeleteBucketLifecycle, ['lifecycle']),
  ListObjects: read(s3Actions.ListObjects, [...LISTING, 'fetch-owner']),
  PostObject: write(s3Actions.PostObject),
  PutObject: write(s3Actions.PutObject),
  GetObject: read(s3Actions.GetObject, ['partNumber', ...RESPONSE.map((name) => `response-${name}`)]),
  HeadObject: read(s3Actions.HeadObject),
  GetObjectAttributes: read(s3Actions.GetObjectAttributes, ['attributes']),
  DeleteObject: write(s3Actions.DeleteObject),
  DeleteObjects: write(s3Actions.DeleteObjects, ['delete']),
  CreateMultipartUpload: write(s3Actions.CreateMultipartUpload, ['uploads']),
  UploadPart: write(s3Actions.UploadPart, UPLOAD),
  CompleteMultipartUpload: write(s3Actions.CompleteMultipartUpload, UPLOAD),
  AbortMultipartUpload: write(s3Actions.AbortMultipartUpload, UPLOAD),
};

/** Headers that ask for what would not be done. */
const REFUSED_HEADERS = [
  'x-amz-tagging',
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-object-lock-mode',
  'x-amz-object-lock-legal-hold',
  'x-amz-bucket-object-lock-enabled',
  'x-amz-website-redirect-location',
  'x-amz-rename-source',
  'x-amz-write-offset-bytes',
];

export function handleS3(account: Account, exchange: Exchange): void {
  const { reply, method } = exchange;
  reply.header('x-amz-request-id', account.revision().toString(16).toUpperCase().padStart(16, '0'));
  try {
    const { bucket, key } = addressOf(exchange);
    const request = toRequest(exchange, bucket, key);
    const name = s3Operation(exchange, bucket, key);
    const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
    if (!operation) throw new NotImplemented(`s3:${name}`);
    checkAsked(name, operation, request);
    checkExpiry(exchange.query);
    if (name === 'PutObject' || name === 'CompleteMultipartUpload') checkCondition(account, request);
    operation.run(request, name === 'GetObject' ? overridden(reply, exchange.query) : reply, account.s3);
    if (operation.writes) account.touch();
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    reply.header('content-type', 'application/xml');
    reply.status(error.statusCode).send(method === 'HEAD' ? undefined : error.toXml());
  }
}

function read(run: S3Action, parameters: readonly string[] = []): Operation {
  return { run, parameters, writes: false };
}
function write(run: S3Action, parameters: readonly string[] = []): Operation {
  return { run, parameters, writes: true };
}

/** Path style, or a bucket in the host: `uploads.localhost`, `uploads.s3.localhost`. */
function addressOf({ path, headers }: Exchange): { readonly bucket: string; readonly key: string } {
  const host = (headers.host ?? '').replace(/:\d+$/, '');
  const inHost = /^(.+?)\.(?:s3[.-].*|localhost)$/.exec(host)?.[1];
  const full = inHost && inHost !== 's3' ? `${inHost}/${path}` : path;
  const slash = full.indexOf('/');
  return slash < 0 ? { bucket: full, key: '' } : { bucket: full.slice(0, slash), key: full.slice(slash + 1) };
}

/** Presigned URLs carry headers in the query; chunked bodies carry headers behind them. */
function toRequest({ headers, query, body, method }: Exchange, bucket: string, key: string): ActionRequest {
  const hoisted = Object.entries(query).filter(([name]) => /^x-amz-/i.test(name));
  const all: Record<string, string | undefined> = {
    ...Object.fromEntries(hoisted.map(([name, value]) => [name.toLowerCase(), value])),
    ...headers,
  };
  const params = { bucket, '*': key };
  const codings = (all['content-encoding'] ?? '').split(/\s*,\s*/);
  if (!codings.includes('aws-chunked') && !all['x-amz-content-sha256']?.startsWith('STREAMING-'))
    return { headers: all, params, query, body };
  const decoded = method === 'PUT' ? decodeAwsChunked(body) : { body, trailers: {} };
  const rest = codings.filter((coding) => coding && coding !== 'aws-chunked').join(', ');
  return { headers: { ...all, ...decoded.trailers, 'content-encoding': rest || undefined }, params, query, body: decoded.body };
}

function checkAsked(name: string, { parameters }: Operation, { query, headers, body }: ActionRequest): void {
  const signing = /^(?:x-id|x-amz-.*|AWSAccessKeyId|Signature|Expires)$/i;
  for (const parameter of Object.keys(query))
    if (!signing.test(parameter) && !parameters.includes(parameter))
      throw new NotImplemented(`s3:${name} with ${parameter}`, 'this parameter is not emulated');
  for (const header of REFUSED_HEADERS)
    if (headers[header] !== undefined && headers[header] !== 'false')
      throw new NotImplemented(`s3:${name} with ${header}`, 'this header is not emulated');
  if (name === 'CreateBucket' && body.includes('<Type>Directory</Type>'))
    throw new NotImplemented('s3:CreateBucket of a directory bucket');
}

function checkExpiry(query: Exchange['query']): void {
  const from = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query['X-Amz-Date'] ?? '');
  const until = from
    ? Date.parse(`${from[1]}-${from[2]}-${from[3]}T${from[4]}:${from[5]}:${from[6]}Z`) + Number(query['X-Amz-Expires']) * 1000
    : Number(query.Expires ?? Number.POSITIVE_INFINITY) * 1000;
  if (until < Date.now()) throw new S3Error('AccessDenied', 'Request has expired', 403);
}

/** Conditional writes, of which the store knows nothing. */
function checkCondition({ s3 }: Account, { headers, params }: ActionRequest): void {
  const { bucket, '*': key } = params;
  const [unless, only] = [headers['if-none-match'], headers['if-match']];
  if ((unless === undefined && only === undefined) || !s3.hasBucket(bucket)) return;
  const there = s3.listObjects(bucket, { prefix: key }).objects.find((object) => object.key === key);
  if (only !== undefined && !there) throw new S3Error('NoSuchKey', 'The specified key does not exist.', 404);
  const met = unless === undefined ? only?.replaceAll('"', '') === there?.etag.replaceAll('"', '') : !there;
  if (!met) throw new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412);
}

function overridden(reply: ActionReply, query: Exchange['query']): ActionReply {
  const wanted = RESPONSE.flatMap((name) =>
    query[`response-${name}`] ? [[name, query[`response-${name}`] as string] as const] : [],
  );
  if (wanted.length === 0) return reply;
  return {
    header: (name, value) => reply.header(name, value),
    status(code) {
      for (const [name, value] of code < 300 ? wanted : []) reply.header(name, value);
      return reply.status(code);
    },
    send: (body) => reply.send(body),
  };
}

function answerLocation({ params }: ActionRequest, reply: ActionReply, store: Account['s3']): void {
  answerAbout(params.bucket, reply, store, '<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>');
}

/** No bucket here has ever had versions. */
function answerVersioning({ params }: ActionRequest, reply: ActionReply, store: Account['s3']): void {
  answerAbout(params.bucket, reply, store, '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>');
}

function answerAbout(bucket: string, reply: ActionReply, store: Account['s3'], xml: string): void {
  if (!store.hasBucket(bucket)) throw new S3Error('NoSuchBucket', `The specified bucket does not exist: ${bucket}`, 404);
  reply.header('content-type', 'application/xml');
  reply.status(200).send(`<?xml version="1.0" encoding="UTF-8"?>${xml}`);
}
