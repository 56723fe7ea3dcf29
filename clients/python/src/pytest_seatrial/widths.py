"""To which of the session's scopes a fixture belongs: `run` for the worker, `file` for a module or class, None for one test."""

import unittest

_SCOPES = {"session": "run", "package": "run", "module": "file", "class": "file"}
# These prepare loops, folders, settings and the like, and touch no service.
_OTHERS = ("_pytest.", "pytest_asyncio.", "anyio.", "xdist.", "pytest_cov.", "pytest_django.plugin", "pytest_flask.", "pytest_seatrial.")
# Under these names pytest carries out setup_module, setup_class, setUpModule and setUpClass.
_OF_PROJECT = ("_pytest.python", "_pytest.unittest")


def scope_of(fixturedef, cls):
    """`cls`: the class of the test that asks for it."""
    scope = _SCOPES.get(fixturedef.scope)
    if scope is None or is_of_test(fixturedef, cls):
        return None
    module = getattr(fixturedef.func, "__module__", None) or ""
    if module in _OF_PROJECT:
        return None if fixturedef.scope == "class" and _has_no_setup(cls) else scope
    return None if module.startswith(_OTHERS) else scope


def is_of_test(fixturedef, cls):
    return fixturedef.scope == "function" or (fixturedef.scope == "class" and cls is None)


def will_set_up_wide(item):
    """Fixtures of the test that are wider than it, and are not there yet or have another parameter."""
    known = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    cls = getattr(item, "cls", None)
    for fixturedefs in known.values():
        for fixturedef in fixturedefs:
            if fixturedef.scope != "function" and (fixturedef.cached_result is None or fixturedef.params) and scope_of(fixturedef, cls):
                return True
    return False


def _has_no_setup(cls):
    """Each class of unittest has a fixture for setUpClass, and few classes have a setUpClass."""
    if not (isinstance(cls, type) and issubclass(cls, unittest.TestCase)):
        return False
    return all(getattr(cls, name).__func__ is getattr(unittest.TestCase, name).__func__ for name in ("setUpClass", "tearDownClass"))
