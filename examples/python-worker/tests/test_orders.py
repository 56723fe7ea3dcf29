"""S5: an order is published, consumed, and confirmed on the notification queue; one that can't be is a dead letter. S10: its event is on Kafka."""

import json

import pytest

from tests.backend import new_order
from worker.queues import DEAD_ORDERS, NOTIFICATIONS, ORDERS, send


def test_an_order_is_confirmed_with_its_receipt_and_its_event(worker, shop, expect, s3):
    send(shop, ORDERS, new_order())

    confirmation = expect("queue", NOTIFICATIONS, {"json": {"order": "o-1"}})
    assert confirmation.json == {"order": "o-1", "status": "confirmed", "totalCents": 10997, "redelivered": False}
    assert confirmation.details["properties"]["contentType"] == "application/json"

    stored = s3.get_object(Bucket="receipts", Key="o-1.json")
    assert stored["ContentType"] == "application/json"
    assert json.load(stored["Body"]) == {"order": "o-1", "customer": "grace@example.test", "totalCents": 10997}

    event = expect("events", "order-events", {"key": "o-1"})
    assert event.json == {"type": "ORDER_CONFIRMED", "order": "o-1", "totalCents": 10997}


def test_orders_are_confirmed_one_after_the_other(worker, shop, seatrial, expect):
    ids = [f"o-{number}" for number in range(1, 6)]
    for order_id in ids:
        send(shop, ORDERS, new_order(order_id))
    expect("queue", NOTIFICATIONS, {"json": {"order": ids[-1]}})
    assert [message.json["order"] for message in seatrial.messages("queue", NOTIFICATIONS)] == ids
    assert [message.key for message in seatrial.messages("events", "order-events")] == ids
    assert [receipt.key for receipt in seatrial.messages("aws", "receipts")] == [f"{order_id}.json" for order_id in ids]


@pytest.mark.parametrize("body", ["{", "[]", '{"id": "o-1", "customer": "grace@example.test"}'])
def test_what_is_no_order_is_a_dead_letter_at_once(worker, seatrial, expect, body):
    seatrial.publish("queue", ORDERS, body)
    dead = expect("queue", DEAD_ORDERS, {"text": body})
    (death,) = dead.details["headers"]["x-death"]
    assert (death["queue"], death["reason"], death["count"]) == (ORDERS, "rejected", 1)
    assert seatrial.messages("queue", NOTIFICATIONS) == []


# Twice: the bucket is there again.
@pytest.mark.parametrize("attempt", [1, 2])
def test_an_order_without_a_receipt_is_a_dead_letter_and_nothing_else(worker, shop, seatrial, expect, s3, attempt):
    s3.delete_bucket(Bucket="receipts")
    send(shop, ORDERS, new_order(shipTo="NL"))
    dead = expect("queue", DEAD_ORDERS, {"json": {"id": "o-1"}})
    assert dead.json == new_order(shipTo="NL")
    assert seatrial.messages("queue", NOTIFICATIONS) == []
    assert seatrial.messages("aws", "shipments") == []
    assert seatrial.messages("events", "order-events") == []
