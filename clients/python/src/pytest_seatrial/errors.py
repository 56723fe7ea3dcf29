"""What goes wrong between a worker and its session."""


class SeatrialError(Exception):
    """Says what could not be done and why, with the code of docs/reference/errors.md and the next step."""

    def __init__(self, code, message, hint):
        super().__init__("%s (%s; %s)" % (message, code, hint))
        self.code = code
        self.hint = hint


def unreachable(what, path, error):
    message = "%s: the session does not answer at %s: %s" % (what, path, error)
    return SeatrialError("SEATRIAL_CONTROL_UNREACHABLE", message, "the session may have ended: run the tests through `seatrial run`")
