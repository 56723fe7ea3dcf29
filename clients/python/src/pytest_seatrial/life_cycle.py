"""Tells the session where the worker is: in a test, in the set-up or tear-down of a wider fixture, or between two tests."""

import time
from functools import partial

import pytest

from .errors import SeatrialError
from .widths import is_of_test, scope_of, will_set_up_wide

# Taken now: tests put other clocks in place.
_clock = time.perf_counter
MAX_NAME = 1000
MAX_MESSAGE = 10000


class RunningTest:
    def __init__(self, test_id):
        self.id = test_id
        self.started_at = _clock()
        self.outcome = "passed"
        self.message = ""
        self.in_teardown = False

    def note(self, report):
        if report.failed:
            self.outcome, self.message = "failed", _reason_of_failure(report)
        elif report.skipped and self.outcome == "passed":
            self.outcome, self.message = "skipped", _reason_of_skip(report)


class LifeCycle:
    """
    The hooks of a worker that has a lease. A test lasts from before the set-up of its own fixtures to after their tear-down; wider ones are
    set up in the same phase of pytest, before it, and torn down after it. What a fixture writes belongs to the fixture's scope, also when a
    test asks for it in its middle. Modules and classes share the scope `file`: it is left when the last living fixture of either has been
    torn down.
    """

    def __init__(self, link, lease_id, resets, results):
        self._link = link
        self._at = "/v1/leases/%s/" % lease_id
        self._resets = resets
        self._results = results
        self._tests = {}
        #: The test whose wider fixtures are set up now.
        self._waiting = None
        self._depth = 0
        #: What the session takes writes for at present; None between two tests.
        self.scope = "run"
        self._between = "keep"
        self._living = set()
        self._finishing = {}
        self._is_in_file = False
        self._overlaps = False
        self._file = None
        #: A test that has ended, whose end is told with the begin of the next one: its item, and what is to tell.
        self._untold = None

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_setup(self):
        outcome = yield
        with _Guard(outcome):
            self._begin_waiting()

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item):
        outcome = yield
        test = self._tests.get(item)
        if test is not None and outcome.excinfo is None:
            test.note(outcome.get_result())

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item, nextitem):
        test = self._tests.get(item)
        if test is not None:
            test.in_teardown = True
        outcome = yield
        with _Guard(outcome):
            if item in self._tests:
                self._end(item, outcome.excinfo)
                if not self._is_followed(item, nextitem):
                    self._tell_end()
            elif test is not None and outcome.excinfo is not None:
                self._tell_of_wide_teardown(item, outcome.excinfo)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef, request):
        cls = getattr(request, "cls", None)
        scope = scope_of(fixturedef, cls) if self._resets else None
        if scope is None:
            if self._waiting is not None and is_of_test(fixturedef, cls):
                self._begin_waiting()
            yield
            return
        before = self.scope
        self._enter(scope)
        if scope == "file":
            self._living.add(fixturedef)
        self._depth += 1
        outcome = yield
        self._depth -= 1
        with _Guard(outcome):
            if fixturedef.cached_result is not None:
                # Called first, as the last that was added: before what comes after the fixture's own yield.
                fixturedef.addfinalizer(partial(self._before_finish, fixturedef, scope))
            if self._tests or self._depth > 0:
                self._enter(before)

    def pytest_sessionfinish(self):
        self._tell_end()

    def pytest_fixture_post_finalizer(self, fixturedef):
        if fixturedef not in self._finishing:
            return
        scope, before = self._finishing.pop(fixturedef)
        self._living.discard(fixturedef)
        if scope == "file" and not self._living:
            self._leave_file()
        if self._tests:
            self._enter(before)  # it was in the way of the same fixture with another parameter

    def prepare(self, item):
        """The test begins when its wider fixtures are there."""
        self._waiting = item
        self._see_file(item)
        if not (self._resets and will_set_up_wide(item)):
            self._begin_waiting()

    def reset(self):
        """Undoes what the running test has written so far."""
        if not self._resets:
            raise SeatrialError("SEATRIAL_RESET_FAILED", "isolation `worker` resets nothing", "use `--isolation rewind`")
        if self.scope != "test":
            hint = "what a wider fixture writes belongs to the baseline of its tests"
            raise SeatrialError("SEATRIAL_RESET_FAILED", "only a test and its own fixtures can reset", hint)
        return self._call("reset", {}, "Seatrial cannot reset")

    def diff(self):
        return self._link.get(self._at + "diff", "Seatrial cannot tell what has changed")["services"]

    def ask_services(self, method, path, body):
        what = "Seatrial cannot tell of messages"
        return self._link.get(self._at + path, what) if method == "GET" else self._link.post(self._at + path, body, what)

    def _begin_waiting(self):
        item, self._waiting = self._waiting, None
        if item is not None:
            self._begin(item)

    def _see_file(self, item):
        file, _ = _name_of(item)
        if self._is_in_file and file != self._file:
            self._living.clear()  # fixtures that have lost their finalizers to somebody
            self._leave_file()
        self._file = file

    def _begin(self, item):
        file, name = _name_of(item)
        body = {"name": name, "file": file, "between": self._between}
        what = "Seatrial cannot begin %s" % item.nodeid
        last, self._untold = self._untold, None
        if last is not None:
            body["ended"] = last[1]
            what = "Seatrial cannot reset after %s, or begin %s" % (last[0].nodeid, item.nodeid)
        begun = self._link.post(self._at + "tests", body, what)
        if last is not None:
            self._note_end(last[0], begun["ended"])
        self.scope = "test"
        self._tests[item] = RunningTest(begun["test"]["id"])

    def _end(self, item, excinfo=None):
        test = self._tests.pop(item)
        if excinfo is not None:
            test.outcome, test.message = "failed", repr(excinfo[1])
        body = {"test": test.id, "outcome": test.outcome, "ms": max(0, (_clock() - test.started_at) * 1000)}
        if test.message:
            body["message"] = test.message[:MAX_MESSAGE]
        self.scope = None
        self._between = "undo"
        self._tell_end()  # of a test that overlaps with this one
        self._untold = (item, body)

    def _is_followed(self, item, nextitem):
        """The next test begins before anything of a wider width runs."""
        if nextitem is None or nextitem.parent is not item.parent or self._tests:
            return False
        return not (self._resets and will_set_up_wide(nextitem))

    def _tell_end(self):
        if self._untold is None:
            return
        (item, told), self._untold = self._untold, None
        body = {name: value for name, value in told.items() if name != "test"}
        ended = self._link.post(self._at + "tests/%s/end" % told["test"], body, "Seatrial cannot reset after %s" % item.nodeid)
        self._note_end(item, ended)

    def _note_end(self, item, ended):
        self._overlaps = "refused" in ended
        if self._resets:
            self._results.note_end(item.nodeid, ended)

    def _call(self, path, body, what):
        self._tell_end()
        return self._link.post(self._at + path, body, what)

    def _tell_of_wide_teardown(self, item, excinfo):
        """The test had ended well by then; pytest counts an error, so do we."""
        file, name = _name_of(item, " (tear-down of wider fixtures)")
        begun = self._call("tests", {"name": name, "file": file, "between": "keep"}, "Seatrial cannot tell of an error")
        body = {"outcome": "failed", "ms": 0, "message": repr(excinfo[1])[:MAX_MESSAGE]}
        self._call("tests/%s/end" % begun["test"]["id"], body, "Seatrial cannot tell of an error")
        self.scope = None
        self._between = "undo"

    def _before_finish(self, fixturedef, scope):
        for item in [item for item, test in self._tests.items() if test.in_teardown]:
            self._end(item)  # its own fixtures are gone: the wider one gets to see what it left
            self._tell_end()
        self._finishing[fixturedef] = (scope, self.scope)
        self._enter(scope)

    def _enter(self, scope):
        if scope is None or scope == self.scope:
            return
        if self._waiting is not None and self.scope is None:
            self._undo_late()
        self._call("enter", {"scope": scope}, "Seatrial cannot change the scope")
        self.scope = scope
        self._is_in_file = self._is_in_file or scope == "file"
        self._between = "keep"

    def _undo_late(self):
        """What came since the last test ended is not of the fixture that begins now."""
        left = self._call("leave", {"scope": "test"}, "Seatrial cannot undo what came late")
        for service, report in left["reports"].items():
            if report["changed"] > 0:
                self._results.note_late(self._waiting.nodeid, service)

    def _leave_file(self):
        self._tell_end()
        if not self._is_in_file or self._overlaps:
            return  # another test still runs on what the fixtures have made; the next file leaves this one
        self._is_in_file = False
        self.scope = "run"
        left = self._call("leave", {"scope": "file"}, "Seatrial cannot reset after %s" % self._file)
        self._results.note_reports("the fixtures of %s" % self._file, left["reports"])


class Beginning:
    """Apart from the wrappers and inside of all: what fails here must not keep the set-up of other plug-ins from what their tear-down undoes."""

    def __init__(self, life_cycle):
        self._life_cycle = life_cycle

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item):
        self._life_cycle.prepare(item)


class _Guard:
    """What goes wrong after the yield of a wrapper becomes its outcome, unless that is a failure already."""

    def __init__(self, outcome):
        self._outcome = outcome

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if not isinstance(error, SeatrialError):
            return False
        if self._outcome.excinfo is None:
            if hasattr(self._outcome, "force_exception"):
                self._outcome.force_exception(error)
            else:
                self._outcome._excinfo = (kind, error, traceback)  # pluggy 0.13 and 1.0
        return True


def _name_of(item, suffix=""):
    file, _, name = item.nodeid.partition("::")
    return file, (name or file)[: MAX_NAME - len(suffix)] + suffix


def _reason_of_failure(report):
    crash = getattr(report.longrepr, "reprcrash", None)
    return getattr(crash, "message", None) or str(report.longrepr or "")


def _reason_of_skip(report):
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2])
    return str(getattr(report, "wasxfail", "") or report.longrepr or "")
