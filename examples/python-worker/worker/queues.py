"""The queues of RabbitMQ, as the shop and the worker both know them."""

import json
import os

import pika
from pika.adapters.blocking_connection import BlockingChannel

ORDERS = "orders"
DEAD_ORDERS = "orders.dead"
NOTIFICATIONS = "notifications"


def connect() -> pika.BlockingConnection:
    return pika.BlockingConnection(pika.URLParameters(os.environ["RABBITMQ_URL"]))


def open_channel(connection: pika.BlockingConnection) -> BlockingChannel:
    """A channel on which the queues are there, and whose publishing waits for the broker."""
    channel = connection.channel()
    channel.confirm_delivery()
    channel.queue_declare(DEAD_ORDERS, durable=True)
    to_dead = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": DEAD_ORDERS}
    channel.queue_declare(ORDERS, durable=True, arguments=to_dead)
    channel.queue_declare(NOTIFICATIONS, durable=True)
    return channel


def send(channel: BlockingChannel, queue: str, message: dict[str, object]) -> None:
    properties = pika.BasicProperties(content_type="application/json", delivery_mode=pika.DeliveryMode.Persistent)
    channel.basic_publish("", queue, json.dumps(message), properties, mandatory=True)
