import json
import os

from confluent_kafka import Producer

from .orders import Order

TOPIC = "order-events"


class EventLost(Exception):
    """Kafka has not taken an event."""


class Events:
    def __init__(self) -> None:
        self._producer = Producer({"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP_SERVERS"], "message.timeout.ms": 10_000})

    def tell(self, kind: str, order: Order) -> None:
        """Returns when the event is on the topic. Events of an order share a partition, and so keep their sequence."""
        failures = []
        event = {"type": kind, "order": order.id, "totalCents": order.total_cents}
        self._producer.produce(TOPIC, key=order.id, value=json.dumps(event), on_delivery=lambda error, _: failures.append(error))
        self._producer.flush()
        if failures != [None]:
            raise EventLost(str(failures))
