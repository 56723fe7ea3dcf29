"""To which of the session's scopes a fixture belongs: `run` for the worker, `file` for a module or class, None for one test."""

import unittest

_SCOPES = {"session": "run", "package": "run", "module": "file", "class": "file"}
# These prepare loops, folders, settings and the like, and touch no service.
_OTHERS = ("_pytest.", "pytest_asyncio.", "anyio.", "xdist.", "pytest_cov.", "pytest_django.plugin", "pytest_flask.", "pytest_seatrial.")
# Under these names pytest carries out setup_module, setup_class, setUpModule and setUpClass.
_OF_PROJECT = ("_pytest.python", "_pytest.unittest")


def scope_of(fixturedef, request):
    scope = _SCOPES.get(fixturedef.scope)
    if scope is None:
        return None
    cls = getattr(request, "cls", None)
    if fixturedef.scope == "class" and cls is None:
        return None  # without a class it is a fixture of the test
    module = getattr(fixturedef.func, "__module__", None) or ""
    if module in _OF_PROJECT:
        return None if fixturedef.scope == "class" and _has_no_setup(cls) else scope
    return None if module.startswith(_OTHERS) else scope


def _has_no_setup(cls):
    """Each class of unittest has a fixture for setUpClass, and few classes have a setUpClass."""
    if not (isinstance(cls, type) and issubclass(cls, unittest.TestCase)):
        return False
    return all(getattr(cls, name).__func__ is getattr(unittest.TestCase, name).__func__ for name in ("setUpClass", "tearDownClass"))
