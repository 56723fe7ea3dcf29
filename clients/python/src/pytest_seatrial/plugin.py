"""The pytest plug-in: one lease for each xdist worker, or for the one process when there are none, and a reset after each test."""

import os

import pytest

from . import __version__
from .command import find_command, find_config, read_environment
from .control_link import ControlLink
from .errors import SeatrialError
from .handle import Seatrial
from .lease import has_lease, take_lease
from .life_cycle import Beginning, LifeCycle
from .results import Results
from .shuffle import shuffled
from .start import start

NAME = "seatrial"
# Open as long as this process runs: it is what holds the lease.
_lease = None


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config):
    """Called once the options are known and before any conftest.py is imported, so that settings read at import see the lease."""
    try:
        _attach_when_needed(early_config)
        _lease_when_needed(early_config)
    except SeatrialError as error:
        raise pytest.UsageError(str(error)) from None
    yield


def _attach_when_needed(config):
    """A bare `pytest`, or the button of an IDE: the services are found by the configuration, and workers inherit what we put in place."""
    if os.environ.get("SEATRIAL_SESSION") or "PYTEST_XDIST_WORKER" in os.environ or _asks_only(config.known_args_namespace):
        return
    folder = config.invocation_params.dir
    if find_config(folder) is not None and find_command(folder) is not None:
        os.environ.update(read_environment(folder))


def _lease_when_needed(config):
    global _lease
    environ = os.environ
    if not environ.get("SEATRIAL_CONTROL_SOCKET") or not environ.get("SEATRIAL_CONTROL_TOKEN"):
        return
    # A pytest inside of a test inherits the lease of the test.
    isolation = environ.get("SEATRIAL_ISOLATION", "run")
    if isolation == "run" or has_lease():
        return
    results = Results()
    worker = environ.get("PYTEST_XDIST_WORKER")
    if worker is None and _distributes(config.known_args_namespace):
        # The controller runs no test: it sees the environment of the run.
        config.pluginmanager.register(Summary(results, "a lease for each worker, isolation %s" % isolation), NAME)
        return
    main_pid = os.getpid() if worker is None else os.getppid()
    _lease = take_lease("pytest", main_pid, worker or "main", "pytest-seatrial", __version__)
    if hasattr(os, "register_at_fork"):
        # A child that outlives the tests must not keep the lease.
        os.register_at_fork(after_in_child=_lease.connection.close)
    link = ControlLink(environ["SEATRIAL_CONTROL_SOCKET"], environ["SEATRIAL_CONTROL_TOKEN"])
    life_cycle = LifeCycle(link, _lease.id, isolation != "worker", results)
    config.pluginmanager.register(life_cycle, NAME + "-life-cycle")
    config.pluginmanager.register(Beginning(life_cycle), NAME + "-beginning")
    summary = Summary(results, "lease %s, isolation %s" % (_lease.id, isolation))
    summary.handle = Seatrial(_lease, isolation, life_cycle)
    config.pluginmanager.register(summary, NAME)


class Summary:
    """What the terminal says; a worker of xdist has none, and sends its results to the controller."""

    def __init__(self, results, header):
        self._results = results
        self._header = header
        self.handle = None

    def pytest_report_header(self):
        return "seatrial: " + self._header

    def pytest_sessionfinish(self, session):
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput[NAME] = self._results.to_plain()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node):
        if NAME in getattr(node, "workeroutput", {}):
            self._results.merge(node.workeroutput[NAME])

    def pytest_terminal_summary(self, terminalreporter):
        for line in self._results.lines():
            terminalreporter.write_line(line)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    seed = os.environ.get("SEATRIAL_SHUFFLE_SEED")
    if seed:
        items[:] = shuffled(items, seed)


@pytest.fixture(scope="session")
def seatrial(pytestconfig):
    """The state that this worker has for itself: `lease`, `services`, `env`, `url()`, `reset()`, `diff()`."""
    plugin = pytestconfig.pluginmanager.get_plugin(NAME)
    if plugin is None or plugin.handle is None:
        hint = "run the tests by `seatrial run --isolation rewind -- pytest`"
        raise SeatrialError("SEATRIAL_LEASE_NOT_FOUND", "this process has no lease", hint)
    return plugin.handle


@pytest.fixture(scope="session")
def seatrial_start(pytestconfig):
    """Starts services by code, `seatrial_start("postgres:16").url`; they end with the session of pytest."""
    started = []

    def start_one(service):
        started.append(start(service, str(pytestconfig.rootdir)))
        return started[-1]

    yield start_one
    for service in reversed(started):
        service.close()


def _distributes(options):
    """True in the controller of pytest-xdist: `-n 2`, `-n auto`, `--dist load --tx 2*popen`."""
    workers = getattr(options, "numprocesses", None)
    if workers in ("auto", "logical") and getattr(options, "usepdb", False):
        return False  # xdist then runs the tests in this process
    return bool(workers) or (getattr(options, "dist", "no") != "no" and bool(getattr(options, "tx", None)))


def _asks_only(options):
    """No test will run: `--help`, `--version`, `--markers`, `--fixtures`."""
    names = ("help", "version", "markers", "showfixtures", "show_fixtures_per_test")
    return any(getattr(options, name, False) for name in names)
