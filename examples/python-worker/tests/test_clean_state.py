"""D9: nobody cleans up, and each test begins with empty queues, topics and buckets, while the worker and its connections live on."""

import pytest

from tests.backend import count_waiting, new_order
from worker.queues import DEAD_ORDERS, NOTIFICATIONS, ORDERS, send

SOURCES = [
    *(("queue", name) for name in (ORDERS, DEAD_ORDERS, NOTIFICATIONS)),
    *(("aws", name) for name in ("receipts", "labels", "shipments", "shipments-dead")),
    ("events", "order-events"),
]


@pytest.mark.parametrize("attempt", [1, 2, 3, 4])
def test_a_test_finds_nothing_of_another(worker, shop, seatrial, expect, s3, attempt):
    assert {source: seatrial.messages(*source) for source in SOURCES} == {source: [] for source in SOURCES}
    assert [count_waiting(shop, name) for name in (ORDERS, DEAD_ORDERS, NOTIFICATIONS)] == [0, 0, 0]
    assert s3.list_objects_v2(Bucket="receipts")["KeyCount"] == 0

    send(shop, ORDERS, new_order(shipTo="DE"))
    seatrial.publish("queue", ORDERS, "no order")
    expect("queue", DEAD_ORDERS)
    expect("aws", "shipments", {"state": "deleted"})

    counts = {source: len(seatrial.messages(*source)) for source in SOURCES}
    nothing_dead = {("aws", "shipments-dead"): 0}
    assert counts == {**{source: 1 for source in SOURCES}, ("queue", ORDERS): 2, **nothing_dead}
    s3.put_object(Bucket="receipts", Key="of the test itself", Body=b"")
