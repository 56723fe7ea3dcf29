"""S5: an order is acknowledged by hand, so that none is lost with a worker, and looking at the queue takes none from it."""

import socket

from tests.backend import count_waiting, new_order
from worker.queues import NOTIFICATIONS, ORDERS, send


def test_looking_at_the_queue_takes_nothing_from_the_consumer(stopped_worker, shop, seatrial, expect):
    send(shop, ORDERS, new_order())
    for _ in range(2):
        assert [order.json for order in seatrial.messages("queue", ORDERS)] == [new_order()]
    assert count_waiting(shop, ORDERS) == 1
    stopped_worker.start()
    confirmation = expect("queue", NOTIFICATIONS, {"json": {"order": "o-1"}})
    assert confirmation.json["redelivered"] is False
    assert [order.json for order in seatrial.messages("queue", ORDERS)] == [new_order()]


def test_an_order_whose_worker_is_killed_is_confirmed_by_the_next(stopped_worker, shop, seatrial, expect):
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        hanging.settimeout(30)
        stopped_worker.start(AWS_ENDPOINT_URL_S3=f"http://127.0.0.1:{hanging.getsockname()[1]}")
        send(shop, ORDERS, new_order())
        connection, _ = hanging.accept()  # now it is writing the receipt
        with connection:
            stopped_worker.kill()
    assert seatrial.messages("queue", NOTIFICATIONS) == []

    stopped_worker.start()
    confirmation = expect("queue", NOTIFICATIONS, {"json": {"order": "o-1"}})
    assert confirmation.json["redelivered"] is True
    assert len(seatrial.messages("events", "order-events")) == 1

    stopped_worker.stop()  # what it had not acknowledged would come back
    assert count_waiting(shop, ORDERS) == 0
