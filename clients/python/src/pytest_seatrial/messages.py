"""What came to topics, queues, mailboxes and buckets, as tests ask for it."""

import base64
import json
import re
import time
from urllib.parse import quote

# Taken now: tests put other clocks in place.
_clock = time.monotonic
#: Calls come one after another: who waits leaves room for other threads.
SLICE_MS = 200
_OWN = ("source", "id", "key", "headers", "text", "json", "at", "details")


class Message:
    """`source`, `id`, `key`, `headers`, `at` (ISO 8601) and `details`, as the service tells them; None where it does not."""

    def __init__(self, told):
        self.source = told["source"]
        self.id = told["id"]
        self.key = told.get("key")
        self.headers = told["headers"]
        self.at = told.get("at")
        self.details = told.get("details") or {}
        self._text = told.get("text")
        self._base64 = told.get("base64")

    @property
    def body(self):
        return self._text.encode("utf-8") if self._base64 is None else base64.b64decode(self._base64)

    @property
    def text(self):
        return self._text if self._base64 is None else self.body.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.body.decode("utf-8"))

    def __repr__(self):
        parts = ["#" + self.id, "" if self.key is None else "key " + self.key, str(self.details or ""), repr(self.text)]
        return " ".join(part for part in parts if part)[:300]


def read(call, service, source, **more):
    told = call("POST", "services/%s/messages" % quote(service, safe=""), dict(more, source=source))
    return [Message(message) for message in told["messages"]]


def expect(call, service, source, matcher, within):
    """The first message that fits, as soon as it is there."""
    until = _clock() + within
    more = {}
    while True:
        left = max(0, int((until - _clock()) * 1000))
        if more:
            more["wait"] = min(left, SLICE_MS)
        messages = read(call, service, source, **more)
        for message in messages:
            if _is_wanted(message, matcher):
                return message
        more["seen"] = len(messages)
        if left == 0:
            came = "there came\n  " + "\n  ".join(map(repr, messages[-10:])) if messages else "nothing came"
            raise AssertionError("no message on %s of %s fits %r within %s s: %s" % (source, service, matcher, within, came))


def publish(call, service, source, body, key, headers):
    sent = {"source": source}
    if isinstance(body, (bytes, bytearray)):
        sent["base64"] = base64.b64encode(body).decode("ascii")
    else:
        sent["text"] = body if isinstance(body, str) else json.dumps(body)
    if key is not None:
        sent["key"] = key
    if headers:
        sent["headers"] = headers
    call("POST", "services/%s/publish" % quote(service, safe=""), sent)


def _is_wanted(message, matcher):
    if callable(matcher):
        return bool(matcher(message))
    try:
        return all(
            _fits(getattr(message, name) if name in _OWN else message.details.get(name), wanted) for name, wanted in matcher.items()
        )
    except ValueError:
        return False  # a body that is no JSON


def _fits(actual, wanted):
    if isinstance(wanted, re.Pattern):
        return isinstance(actual, str) and wanted.search(actual) is not None
    if callable(wanted):
        return bool(wanted(actual))
    if isinstance(wanted, dict):
        return isinstance(actual, dict) and all(name in actual and _fits(actual[name], value) for name, value in wanted.items())
    if isinstance(wanted, (list, tuple)):
        return isinstance(actual, list) and len(actual) == len(wanted) and all(map(_fits, actual, wanted))
    return actual == wanted
