"""What tests can ask of messages, by the fixture `seatrial`."""

from memory_session import REWIND

SEEN = """
import re, threading, pytest

def test_one(seatrial):
    assert seatrial.sources("events") == [{"name": "orders", "kind": "topic"}]
    assert seatrial.messages("events", "orders") == []
    seatrial.publish("events", "orders", {"id": 1, "items": [{"name": "tea"}, {"name": "cup"}]}, key="a", headers={"trace": "x1"})
    first = seatrial.expect_message("events", "orders", {"json": {"items": [{"name": re.compile("^t")}, {}]}, "headers": {"trace": "x1"}})
    assert (first.source, first.id, first.key, first.json["id"], first.at, first.details) == ("orders", "1", "a", 1, None, {})
    seatrial.publish("events", "orders", b"\\xff\\x00")
    assert seatrial.expect_message("events", "orders", lambda message: message.body == b"\\xff\\x00").id == "2"
    threading.Timer(0.05, lambda: seatrial.publish("events", "orders", "late")).start()
    assert seatrial.expect_message("events", "orders", {"text": "late"}).id == "3"
    with pytest.raises(AssertionError, match="no message on orders of events fits .*'b'.* within 0.05 s: there came\\n  #1 key a .*tea"):
        seatrial.expect_message("events", "orders", {"key": "b"}, within=0.05)
    with pytest.raises(AssertionError, match="nothing came"):
        seatrial.expect_message("events", "others", within=0)
"""


def test_tests_can_wait_for_messages_look_at_them_and_put_some_in(trace):
    told = trace(test_a=SEEN)
    assert told == ["begin test_one keep", "end t1 passed"]
