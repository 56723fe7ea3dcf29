"""What the fixture `seatrial` gives to tests."""

from collections import namedtuple

from . import messages

Change = namedtuple("Change", "service table op before after")
Change.__doc__ = "A row or key that the test has changed; `op` is insert, update or delete. `before` and `after` are dicts, or None."


class Seatrial:
    """The state that this worker has for itself. `services` has the connection fields of each service by its name, `env` the variables."""

    def __init__(self, lease, isolation, life_cycle):
        self.lease = lease.id
        self.isolation = isolation
        self.services = lease.services
        self.env = lease.env
        self._life_cycle = life_cycle

    def url(self, service=None):
        """The URL of a service; the name may be left out when there is one only."""
        if service is None and len(self.services) == 1:
            return next(iter(self.services.values()))["url"]
        if service not in self.services:
            raise LookupError("no service %r: there are %s" % (service, ", ".join(sorted(self.services)) or "none"))
        return self.services[service]["url"]

    def reset(self):
        """Takes everything back to how it was when the running test began."""
        self._life_cycle.reset()

    def messages(self, service, source):
        """What came to a topic, queue, subject, mailbox or bucket since the state was last taken back, oldest first; nothing is taken from the app."""
        return messages.read(self._life_cycle.ask_services, service, source)

    def expect_message(self, service, source, matcher=None, within=5):
        """
        The first message that fits, as soon as it is there, in `within` seconds; else an AssertionError with what did come. `matcher`: a dict of what
        it has to have, in any depth, texts by a compiled pattern too, names that no message has being looked for in its `details`; or a function.
        """
        return messages.expect(self._life_cycle.ask_services, service, source, matcher or {}, within)

    def publish(self, service, source, body, key=None, headers=None):
        """Puts a message in, as another program would; what is neither text nor bytes goes as JSON."""
        messages.publish(self._life_cycle.ask_services, service, source, body, key, headers)

    def sources(self, service):
        """What messages can be asked for, as a list of `{"name": ..., "kind": ...}`."""
        return self._life_cycle.ask_services("GET", "services/%s/sources" % service, None)["sources"]

    def diff(self, service=None):
        """What was inserted, updated and deleted since the running test began, as a list of Change."""
        changes = self._life_cycle.diff()
        if service is not None and service not in changes:
            raise LookupError("no differences of %r can be told: there are those of %s" % (service, ", ".join(sorted(changes)) or "none"))
        return [
            Change(name, change["table"], change["op"], change.get("before"), change.get("after"))
            for name in (changes if service is None else [service])
            for change in changes[name]
        ]
