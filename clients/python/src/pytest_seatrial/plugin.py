"""The pytest plug-in: one lease for each xdist worker, or for the one process when there are none."""

import os

import pytest

from . import __version__
from .lease import SeatrialError, has_lease, take_lease

# Open as long as this process runs: it is what holds the lease.
_connection = None


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config):
    """Called once the options are known and before any conftest.py is imported, so that settings read at import see the lease."""
    _lease_when_needed(early_config)
    yield


def _lease_when_needed(config):
    global _connection
    environ = os.environ
    if not environ.get("SEATRIAL_CONTROL_SOCKET") or not environ.get("SEATRIAL_CONTROL_TOKEN"):
        return
    # A pytest inside of a test inherits the lease of the test.
    if environ.get("SEATRIAL_ISOLATION", "run") == "run" or has_lease():
        return
    worker = environ.get("PYTEST_XDIST_WORKER")
    if worker is None and _distributes(config.known_args_namespace):
        return  # the controller runs no test: it sees the environment of the run
    main_pid = os.getpid() if worker is None else os.getppid()
    try:
        _connection = take_lease("pytest", main_pid, worker or "main", "pytest-seatrial", __version__)
    except SeatrialError as error:
        raise pytest.UsageError(str(error)) from None
    if hasattr(os, "register_at_fork"):
        # A child that outlives the tests must not keep the lease.
        os.register_at_fork(after_in_child=_connection.close)


def _distributes(options):
    """True in the controller of pytest-xdist: `-n 2`, `-n auto`, `--dist load --tx 2*popen`."""
    workers = getattr(options, "numprocesses", None)
    if workers in ("auto", "logical") and getattr(options, "usepdb", False):
        return False  # xdist then runs the tests in this process
    return bool(workers) or (getattr(options, "dist", "no") != "no" and bool(getattr(options, "tx", None)))
