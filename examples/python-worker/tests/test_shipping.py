"""S6: a shipment is sent, received and deleted on SQS, its label is put on S3; after three refusals it is a dead letter."""

from tests.backend import new_order
from worker.queues import NOTIFICATIONS, ORDERS, send


def test_a_shipment_gets_its_label_and_is_taken_off_the_queue(worker, shop, seatrial, expect, s3):
    send(shop, ORDERS, new_order(shipTo="NL"))
    shipment = expect("aws", "shipments", {"state": "deleted"})
    assert shipment.json == {"order": "o-1", "to": "NL"}
    assert s3.get_object(Bucket="labels", Key="o-1.txt")["Body"].read() == b"o-1 -> NL\n"
    assert seatrial.messages("aws", "shipments-dead") == []
    expect("queue", NOTIFICATIONS, {"json": {"order": "o-1"}})


def test_a_shipment_that_the_carrier_refuses_three_times_is_a_dead_letter(worker, shop, seatrial, expect):
    send(shop, ORDERS, new_order(shipTo="AQ"))
    dead = expect("aws", "shipments-dead", {"json": {"order": "o-1"}})
    assert dead.json == {"order": "o-1", "to": "AQ"}
    assert [shipment.details["state"] for shipment in seatrial.messages("aws", "shipments")] == ["dead-lettered"]
    assert seatrial.messages("aws", "labels") == []
    expect("queue", NOTIFICATIONS, {"json": {"order": "o-1"}})


def test_an_order_that_the_customer_comes_for_is_not_shipped(worker, shop, seatrial, expect):
    send(shop, ORDERS, new_order())
    expect("queue", NOTIFICATIONS, {"json": {"order": "o-1"}})
    assert seatrial.messages("aws", "shipments") == []
