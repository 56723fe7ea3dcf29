import type { Exchange } from './exchange.ts';

/** Parts of a bucket or object that S3 names in the query, and how its API calls them. */
const PARTS: Readonly<Record<string, string>> = {
  accelerate: 'AccelerateConfiguration',
  acl: 'Acl',
  analytics: 'AnalyticsConfiguration',
  cors: 'Cors',
  encryption: 'Encryption',
  'intelligent-tiering': 'IntelligentTieringConfiguration',
  inventory: 'InventoryConfiguration',
  'legal-hold': 'LegalHold',
  lifecycle: 'LifecycleConfiguration',
  location: 'Location',
  logging: 'Logging',
  metrics: 'MetricsConfiguration',
  notification: 'NotificationConfiguration',
  ownershipControls: 'OwnershipControls',
  policy: 'Policy',
  policyStatus: 'PolicyStatus',
  replication: 'Replication',
  requestPayment: 'RequestPayment',
  retention: 'Retention',
  tagging: 'Tagging',
  torrent: 'Torrent',
  versioning: 'Versioning',
  website: 'Website',
};
/** Their names don't say that it is a bucket's. */
const WHOLE_PARTS: Readonly<Record<string, string>> = {
  'object-lock': 'ObjectLockConfiguration',
  publicAccessBlock: 'PublicAccessBlock',
};
const VERBS: Readonly<Record<string, string>> = { GET: 'Get', PUT: 'Put', DELETE: 'Delete', HEAD: 'Head', POST: 'Post' };

/** Operations that the query names in another way: `METHOD level parameter`. */
const BY_PARAMETER: Readonly<Record<string, string>> = {
  'GET bucket uploads': 'ListMultipartUploads',
  'GET bucket versions': 'ListObjectVersions',
  'GET bucket session': 'CreateSession',
  'POST bucket delete': 'DeleteObjects',
  'DELETE bucket lifecycle': 'DeleteBucketLifecycle',
  'GET object attributes': 'GetObjectAttributes',
  'GET object uploadId': 'ListParts',
  'PUT object uploadId': 'UploadPart',
  'PUT object renameObject': 'RenameObject',
  'POST object uploads': 'CreateMultipartUpload',
  'POST object uploadId': 'CompleteMultipartUpload',
  'POST object restore': 'RestoreObject',
  'POST object select': 'SelectObjectContent',
  'DELETE object uploadId': 'AbortMultipartUpload',
};
const BARE: Readonly<Record<string, string>> = {
  'GET service': 'ListBuckets',
  'GET bucket': 'ListObjects',
  'PUT bucket': 'CreateBucket',
  'HEAD bucket': 'HeadBucket',
  'DELETE bucket': 'DeleteBucket',
  'POST bucket': 'PostObject',
  'GET object': 'GetObject',
  'PUT object': 'PutObject',
  'HEAD object': 'HeadObject',
  'DELETE object': 'DeleteObject',
};

/** What S3's API calls this request. */
export function s3Operation(exchange: Pick<Exchange, 'method' | 'query'>, bucket: string, key: string): string {
  const { method, query } = exchange;
  const level = key ? 'object' : bucket ? 'bucket' : 'service';
  for (const parameter of Object.keys(query)) {
    const named = BY_PARAMETER[`${method} ${level} ${parameter}`];
    if (named) return named;
    const part = PARTS[parameter];
    const whole = part ? `${key ? 'Object' : 'Bucket'}${part}` : WHOLE_PARTS[parameter];
    if (whole && bucket) return `${VERBS[method] ?? method}${whole}`;
  }
  return BARE[`${method} ${level}`] ?? `${method} on ${level}`;
}
