import logging

from botocore.exceptions import BotoCoreError, ClientError
from pika.adapters.blocking_connection import BlockingChannel
from pika.spec import Basic, BasicProperties

from .events import EventLost, Events
from .orders import MalformedOrder, Order
from .queues import NOTIFICATIONS, ORDERS, send
from .receipts import write_receipt
from .shipping import ask_for_shipment

MAY_PASS = (BotoCoreError, ClientError, EventLost)


class OrderConsumer:
    """Confirms orders. One is acknowledged when all that follows from it is done: a worker that dies before leaves it to the next."""

    def __init__(self, s3, sqs, events: Events) -> None:
        self._s3 = s3
        self._sqs = sqs
        self._events = events

    def consume(self, channel: BlockingChannel) -> None:
        channel.basic_qos(prefetch_count=1)
        channel.basic_consume(ORDERS, self._take)

    def _take(self, channel: BlockingChannel, method: Basic.Deliver, _properties: BasicProperties, body: bytes) -> None:
        try:
            self._confirm(channel, Order.from_json(body), method.redelivered)
        except MalformedOrder as error:
            logging.warning("no order: %s", error)
            channel.basic_reject(method.delivery_tag, requeue=False)
        except MAY_PASS as error:
            logging.warning("order failed, %s: %s", "again" if method.redelivered else "is tried once more", error)
            channel.basic_reject(method.delivery_tag, requeue=not method.redelivered)
        else:
            channel.basic_ack(method.delivery_tag)

    def _confirm(self, channel: BlockingChannel, order: Order, redelivered: bool) -> None:
        write_receipt(self._s3, order)
        if order.ship_to is not None:
            ask_for_shipment(self._sqs, order)
        self._events.tell("ORDER_CONFIRMED", order)
        confirmation = {"order": order.id, "status": "confirmed", "totalCents": order.total_cents, "redelivered": redelivered}
        send(channel, NOTIFICATIONS, confirmation)
