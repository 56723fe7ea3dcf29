"""Shipments: asked for over SQS, labelled on S3."""

import json
import logging
from threading import Event

from botocore.exceptions import BotoCoreError, ClientError

from .orders import Order

QUEUE = "shipments"
LABELS = "labels"
SERVED = ("BE", "DE", "NL")


class Refused(Exception):
    """The carrier does not take it."""


def ask_for_shipment(sqs, order: Order) -> None:
    sqs.send_message(QueueUrl=_url(sqs), MessageBody=json.dumps({"order": order.id, "to": order.ship_to}))


def ship_until(stop: Event, s3, sqs, wait_seconds: int) -> None:
    while not stop.is_set():
        try:
            ship_next(s3, sqs, wait_seconds)
        except (BotoCoreError, ClientError):
            logging.exception("no shipment was taken")
            stop.wait(1)


def ship_next(s3, sqs, wait_seconds: int) -> None:
    """What the carrier refuses goes back at once; the queue itself makes it a dead letter after the third time."""
    url = _url(sqs)
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1, WaitTimeSeconds=wait_seconds)
    for message in received.get("Messages", []):
        handle = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
        try:
            _book(s3, json.loads(message["Body"]))
        except Refused as refusal:
            logging.warning("shipment refused: %s", refusal)
            sqs.change_message_visibility(**handle, VisibilityTimeout=0)
        else:
            sqs.delete_message(**handle)


def _book(s3, shipment: dict[str, str]) -> None:
    if shipment["to"] not in SERVED:
        raise Refused(f"{shipment['order']} to {shipment['to']}")
    label = f"{shipment['order']} -> {shipment['to']}\n"
    s3.put_object(Bucket=LABELS, Key=f"{shipment['order']}.txt", Body=label, ContentType="text/plain")


def _url(sqs) -> str:
    return sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
