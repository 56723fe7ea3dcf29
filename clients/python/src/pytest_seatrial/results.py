"""What the resets of a run did, in the terms of the terminal summary. Workers of xdist send theirs to the controller."""

LINES = 10


class Results:
    def __init__(self):
        self._ms = []
        self._findings = []
        self._refused = None

    def note_end(self, test, ended):
        if "reset" in ended:
            self._ms.append(ended["reset"]["ms"])
            self.note_reports(test, ended["reset"]["reports"])
        elif self._refused is None:
            self._refused = ended["refused"]

    def note_reports(self, who, reports):
        for service, report in reports.items():
            for leak in report["leaks"]:
                self._findings.append("leak: %s left %s: %s" % (who, service, leak["text"]))
            if report.get("fallback"):
                self._findings.append("fall-back: %s after %s: %s, since %s" % (service, who, report["how"], report["fallback"]))
            if report.get("disconnected"):
                self._findings.append("disconnected: %s after %s: the app's connections were ended" % (service, who))

    def note_late(self, test, service):
        self._findings.append("leak: something before %s wrote to %s after its test had ended; that was undone" % (test, service))

    def to_plain(self):
        """Of types that execnet can carry."""
        return {"ms": self._ms, "findings": self._findings, "refused": self._refused}

    def merge(self, plain):
        self._ms += plain["ms"]
        self._findings += plain["findings"]
        self._refused = self._refused or plain["refused"]

    def lines(self):
        if self._ms:
            middle = sorted(self._ms)[len(self._ms) // 2]
            yield "seatrial: %d %s, median %.1f ms" % (len(self._ms), "reset" if len(self._ms) == 1 else "resets", middle)
        if self._refused is not None:
            yield "seatrial: nothing was reset between overlapping tests: %s" % self._refused
        for finding in self._findings[:LINES]:
            yield "seatrial: " + finding
        if len(self._findings) > LINES:
            yield "seatrial: and %d more; `seatrial run --report DIR` writes them all" % (len(self._findings) - LINES)
