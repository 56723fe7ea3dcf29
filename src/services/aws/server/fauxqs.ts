/**
 * The stores and actions of fauxqs, file by file: what its package exports is a server with a web framework and an SDK behind it, which listens
 * on every address of the machine (ADR 0014). The build bundles these files, and nothing else of it.
 */
import { S3Error, SnsError, SqsError } from '../../../../node_modules/fauxqs/dist/common/errors.js';
import { snsErrorResponse } from '../../../../node_modules/fauxqs/dist/common/xml.js';
import { abortMultipartUpload } from '../../../../node_modules/fauxqs/dist/s3/actions/abortMultipartUpload.js';
import { completeMultipartUpload } from '../../../../node_modules/fauxqs/dist/s3/actions/completeMultipartUpload.js';
import { createBucket } from '../../../../node_modules/fauxqs/dist/s3/actions/createBucket.js';
import { createMultipartUpload } from '../../../../node_modules/fauxqs/dist/s3/actions/createMultipartUpload.js';
import { deleteBucket } from '../../../../node_modules/fauxqs/dist/s3/actions/deleteBucket.js';
import { deleteBucketLifecycleConfiguration } from '../../../../node_modules/fauxqs/dist/s3/actions/deleteBucketLifecycleConfiguration.js';
import { deleteObject } from '../../../../node_modules/fauxqs/dist/s3/actions/deleteObject.js';
import { deleteObjects } from '../../../../node_modules/fauxqs/dist/s3/actions/deleteObjects.js';
import { getBucketLifecycleConfiguration } from '../../../../node_modules/fauxqs/dist/s3/actions/getBucketLifecycleConfiguration.js';
import { getObject } from '../../../../node_modules/fauxqs/dist/s3/actions/getObject.js';
import { getObjectAttributes } from '../../../../node_modules/fauxqs/dist/s3/actions/getObjectAttributes.js';
import { headBucket } from '../../../../node_modules/fauxqs/dist/s3/actions/headBucket.js';
import { headObject } from '../../../../node_modules/fauxqs/dist/s3/actions/headObject.js';
import { listBuckets } from '../../../../node_modules/fauxqs/dist/s3/actions/listBuckets.js';
import { listObjects } from '../../../../node_modules/fauxqs/dist/s3/actions/listObjects.js';
import { postObject } from '../../../../node_modules/fauxqs/dist/s3/actions/postObject.js';
import { putBucketLifecycleConfiguration } from '../../../../node_modules/fauxqs/dist/s3/actions/putBucketLifecycleConfiguration.js';
import { putObject } from '../../../../node_modules/fauxqs/dist/s3/actions/putObject.js';
import { uploadPart } from '../../../../node_modules/fauxqs/dist/s3/actions/uploadPart.js';
import { decodeAwsChunked } from '../../../../node_modules/fauxqs/dist/s3/chunkedEncoding.js';
import { S3Store } from '../../../../node_modules/fauxqs/dist/s3/s3Store.js';
import { confirmSubscription } from '../../../../node_modules/fauxqs/dist/sns/actions/confirmSubscription.js';
import { createTopic } from '../../../../node_modules/fauxqs/dist/sns/actions/createTopic.js';
import { deleteTopic } from '../../../../node_modules/fauxqs/dist/sns/actions/deleteTopic.js';
import { getSubscriptionAttributes } from '../../../../node_modules/fauxqs/dist/sns/actions/getSubscriptionAttributes.js';
import { getTopicAttributes } from '../../../../node_modules/fauxqs/dist/sns/actions/getTopicAttributes.js';
import {
  listSubscriptions,
  listSubscriptionsByTopic,
} from '../../../../node_modules/fauxqs/dist/sns/actions/listSubscriptions.js';
import { listTopics } from '../../../../node_modules/fauxqs/dist/sns/actions/listTopics.js';
import { publish, publishBatch } from '../../../../node_modules/fauxqs/dist/sns/actions/publish.js';
import { setSubscriptionAttributes } from '../../../../node_modules/fauxqs/dist/sns/actions/setSubscriptionAttributes.js';
import { setTopicAttributes } from '../../../../node_modules/fauxqs/dist/sns/actions/setTopicAttributes.js';
import { subscribe } from '../../../../node_modules/fauxqs/dist/sns/actions/subscribe.js';
import { listTagsForResource, tagResource, untagResource } from '../../../../node_modules/fauxqs/dist/sns/actions/tagResource.js';
import { unsubscribe } from '../../../../node_modules/fauxqs/dist/sns/actions/unsubscribe.js';
import { SnsStore } from '../../../../node_modules/fauxqs/dist/sns/snsStore.js';
import type { MessageSpy, SpyMessage } from '../../../../node_modules/fauxqs/dist/spy.js';
import { changeMessageVisibility } from '../../../../node_modules/fauxqs/dist/sqs/actions/changeMessageVisibility.js';
import { changeMessageVisibilityBatch } from '../../../../node_modules/fauxqs/dist/sqs/actions/changeMessageVisibilityBatch.js';
import { createQueue } from '../../../../node_modules/fauxqs/dist/sqs/actions/createQueue.js';
import { deleteMessage } from '../../../../node_modules/fauxqs/dist/sqs/actions/deleteMessage.js';
import { deleteMessageBatch } from '../../../../node_modules/fauxqs/dist/sqs/actions/deleteMessageBatch.js';
import { deleteQueue } from '../../../../node_modules/fauxqs/dist/sqs/actions/deleteQueue.js';
import { getQueueAttributes } from '../../../../node_modules/fauxqs/dist/sqs/actions/getQueueAttributes.js';
import { getQueueUrl } from '../../../../node_modules/fauxqs/dist/sqs/actions/getQueueUrl.js';
import { listQueues } from '../../../../node_modules/fauxqs/dist/sqs/actions/listQueues.js';
import { listQueueTags } from '../../../../node_modules/fauxqs/dist/sqs/actions/listQueueTags.js';
import { purgeQueue } from '../../../../node_modules/fauxqs/dist/sqs/actions/purgeQueue.js';
import { receiveMessage } from '../../../../node_modules/fauxqs/dist/sqs/actions/receiveMessage.js';
import { sendMessage } from '../../../../node_modules/fauxqs/dist/sqs/actions/sendMessage.js';
import { sendMessageBatch } from '../../../../node_modules/fauxqs/dist/sqs/actions/sendMessageBatch.js';
import { setQueueAttributes } from '../../../../node_modules/fauxqs/dist/sqs/actions/setQueueAttributes.js';
import { tagQueue } from '../../../../node_modules/fauxqs/dist/sqs/actions/tagQueue.js';
import { untagQueue } from '../../../../node_modules/fauxqs/dist/sqs/actions/untagQueue.js';
import { type SqsQueue, SqsStore } from '../../../../node_modules/fauxqs/dist/sqs/sqsStore.js';
import type { SqsMessage } from '../../../../node_modules/fauxqs/dist/sqs/sqsTypes.js';
import { getCallerIdentity } from '../../../../node_modules/fauxqs/dist/sts/getCallerIdentity.js';

export type { MessageSpy, SpyMessage, SqsMessage, SqsQueue };
export { decodeAwsChunked, getCallerIdentity, S3Error, S3Store, SnsError, SnsStore, SqsError, SqsStore, snsErrorResponse };

/** What its actions read of a request, and do to a reply: so much of Fastify's. */
export interface ActionRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly params: { readonly bucket: string; readonly '*': string };
  readonly query: Readonly<Record<string, string>>;
  readonly body: Buffer;
}
export interface ActionReply {
  header(name: string, value: string | number): void;
  status(code: number): ActionReply;
  send(body?: string | Buffer): void;
}
export type S3Action = (request: ActionRequest, reply: ActionReply, store: S3Store) => void;
export type SqsAction = (body: unknown, store: SqsStore, request: Pick<ActionRequest, 'headers'>) => unknown;
export type SnsAction = (
  params: Readonly<Record<string, string>>,
  sns: SnsStore,
  sqs: SqsStore,
  request: Pick<ActionRequest, 'headers'>,
) => unknown;

export const s3Actions = {
  ListBuckets: ((_request, reply, store) => listBuckets(reply as never, store)) as S3Action,
  CreateBucket: createBucket as unknown as S3Action,
  HeadBucket: headBucket as unknown as S3Action,
  DeleteBucket: deleteBucket as unknown as S3Action,
  GetBucketLifecycleConfiguration: getBucketLifecycleConfiguration as unknown as S3Action,
  PutBucketLifecycleConfiguration: putBucketLifecycleConfiguration as unknown as S3Action,
  DeleteBucketLifecycle: deleteBucketLifecycleConfiguration as unknown as S3Action,
  ListObjects: listObjects as unknown as S3Action,
  PostObject: postObject as unknown as S3Action,
  PutObject: putObject as unknown as S3Action,
  GetObject: getObject as unknown as S3Action,
  HeadObject: headObject as unknown as S3Action,
  GetObjectAttributes: getObjectAttributes as unknown as S3Action,
  DeleteObject: deleteObject as unknown as S3Action,
  DeleteObjects: deleteObjects as unknown as S3Action,
  CreateMultipartUpload: createMultipartUpload as unknown as S3Action,
  UploadPart: uploadPart as unknown as S3Action,
  CompleteMultipartUpload: completeMultipartUpload as unknown as S3Action,
  AbortMultipartUpload: abortMultipartUpload as unknown as S3Action,
} satisfies Record<string, S3Action>;

export const sqsActions = {
  CreateQueue: createQueue,
  DeleteQueue: deleteQueue,
  GetQueueUrl: getQueueUrl,
  ListQueues: listQueues,
  GetQueueAttributes: getQueueAttributes,
  SetQueueAttributes: setQueueAttributes,
  PurgeQueue: purgeQueue,
  SendMessage: sendMessage,
  SendMessageBatch: sendMessageBatch,
  ReceiveMessage: receiveMessage,
  DeleteMessage: deleteMessage,
  DeleteMessageBatch: deleteMessageBatch,
  ChangeMessageVisibility: changeMessageVisibility,
  ChangeMessageVisibilityBatch: changeMessageVisibilityBatch,
  TagQueue: tagQueue,
  UntagQueue: untagQueue,
  ListQueueTags: listQueueTags,
} as unknown as Readonly<Record<string, SqsAction>>;

export const snsActions = {
  CreateTopic: createTopic,
  DeleteTopic: deleteTopic,
  ListTopics: listTopics,
  GetTopicAttributes: getTopicAttributes,
  SetTopicAttributes: setTopicAttributes,
  Subscribe: subscribe,
  Unsubscribe: unsubscribe,
  ConfirmSubscription: confirmSubscription,
  ListSubscriptions: listSubscriptions,
  ListSubscriptionsByTopic: listSubscriptionsByTopic,
  GetSubscriptionAttributes: getSubscriptionAttributes,
  SetSubscriptionAttributes: setSubscriptionAttributes,
  Publish: publish,
  PublishBatch: publishBatch,
  TagResource: tagResource,
  UntagResource: untagResource,
  ListTagsForResource: listTagsForResource,
} as unknown as Readonly<Record<string, SnsAction>>;
