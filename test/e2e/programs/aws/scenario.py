"""S6 with boto3, configured by nothing but the environment."""

import json

import boto3
import botocore.exceptions

s3, sqs = boto3.client("s3"), boto3.client("sqs")
body = b"id,total\n1,9.97\n"

s3.create_bucket(Bucket="invoices")
s3.put_object(Bucket="invoices", Key="2026/a b+ü.csv", Body=body, ContentType="text/csv", Metadata={"order": "1"})
found = s3.get_object(Bucket="invoices", Key="2026/a b+ü.csv")
assert found["Body"].read() == body
assert (found["ContentType"], found["Metadata"]) == ("text/csv", {"order": "1"})
listed = s3.list_objects_v2(Bucket="invoices", Prefix="2026/")
assert [(each["Key"], each["Size"]) for each in listed["Contents"]] == [("2026/a b+ü.csv", len(body))]

dead = sqs.create_queue(QueueName="work-dead")["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})
queue = sqs.create_queue(QueueName="work", Attributes={"RedrivePolicy": redrive, "VisibilityTimeout": "0"})["QueueUrl"]


def receive(url):
    return (sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get("Messages") or [None])[0]


attribute = {"DataType": "String", "StringValue": "order"}
sqs.send_message(QueueUrl=queue, MessageBody="done", MessageAttributes={"kind": attribute})
done = receive(queue)
assert (done["Body"], done["MessageAttributes"]["kind"]) == ("done", attribute)
sqs.delete_message(QueueUrl=queue, ReceiptHandle=done["ReceiptHandle"])
assert receive(queue) is None

sqs.send_message(QueueUrl=queue, MessageBody="poison")
for _ in range(2):
    assert receive(queue)["Body"] == "poison"
assert receive(queue) is None
assert receive(dead)["Body"] == "poison"

s3.delete_object(Bucket="invoices", Key="2026/a b+ü.csv")
try:
    s3.get_object(Bucket="invoices", Key="2026/a b+ü.csv")
    raise AssertionError("the object is still there")
except s3.exceptions.NoSuchKey:
    pass
s3.delete_bucket(Bucket="invoices")
for url in (queue, dead):
    sqs.delete_queue(QueueUrl=url)
assert not sqs.list_queues(QueueNamePrefix="work").get("QueueUrls")

try:
    s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
    raise AssertionError("versioning is not emulated, and nothing said so")
except botocore.exceptions.ClientError as error:
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 501, error.response
    assert "s3:PutBucketVersioning" in str(error), error
print("S6 holds")
